"""Clients of AWS services, opened once in a process."""

import threading
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_PATIENCE = Config(
    # An answer is due within 6 s, so a stalled call must leave time for a second attempt.
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# Left alone, boto3 signs links by an old version in some regions, and to a host that redirects in others.
_LINKS = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
_opening = threading.Lock()


@cache
def client(name: str) -> Any:
    """The boto3 client of the service `name` ("s3", "dynamodb", "ssm"), for use by any number of threads."""
    # boto3's default session must not be used by two threads at once; the clients that it makes may be.
    with _opening:
        return boto3.client(name, config=_PATIENCE.merge(_LINKS) if name == "s3" else _PATIENCE)
