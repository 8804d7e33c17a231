"""Clients of AWS services, opened once per process."""

import threading
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_TIMEOUTS = Config(
    # A response is due within 6 s, so a stalled call must leave time for a second attempt.
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# By default, boto3 signs links with an old version in some regions, and for a host that redirects in others.
_LINKS = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
_opening = threading.Lock()


@cache
def client(name: str) -> Any:
    """The boto3 client of the service `name` ("s3", "dynamodb", "ssm"); thread-safe."""
    # boto3's default session is not thread-safe, but the clients it makes are.
    with _opening:
        return boto3.client(name, config=_TIMEOUTS.merge(_LINKS) if name == "s3" else _TIMEOUTS)
