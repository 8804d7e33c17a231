"""Clients of AWS services, opened once per process."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

_TIMEOUTS = Config(
    # A response is due within 6 s, so a stalled call must leave time for a second attempt.
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# By default, botocore signs links with an old version in some regions, and for a host that redirects in others.
_LINKS = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
_SERVICES = ["dynamodb", "s3", "s3vectors", "sqs", "ssm", "sts"]
_opening = threading.Lock()


@cache
def client(name: str) -> Any:
    """The botocore client of the service `name` ("s3", "dynamodb", "ssm"); thread-safe."""
    # A session is not thread-safe, but the clients it makes are.
    with _opening, _uncollected():
        config = _TIMEOUTS.merge(_LINKS) if name == "s3" else _TIMEOUTS
        return session().create_client(name, config=config)


@cache
def session() -> Session:
    """What clients are made of. botocore's own: boto3 would add its resources and transfers to each cold start."""
    made = Session()
    made.register_component("data_loader", _Loader())
    return made


class _Loader(Loader):
    """Reads the descriptions of services."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Ours, of any type: botocore's looks through the folders of all four hundred before it opens one."""
        return _SERVICES


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare the garbage collector the hundred thousand objects of a description, of which none is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
