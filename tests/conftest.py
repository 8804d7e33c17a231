"""Fixtures of all tests."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from hypothesis import settings as hypothesis_settings
from moto import mock_aws
from xdist.scheduler import LoadScopeScheduling

from local.cloud.transactions import patch_moto
from local.cloud.vectors import Vectors
from tests.support.dynamodb import ENDPOINT
from tests.support.quick_aws import session, speed_up_moto
from tests.support.stores import create_stores
from tests.support.vectors import answered_by
from visage import aws
from visage.access.clients import clients
from visage.gallery.index.container_cache import container_cache
from visage.settings import settings

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
"""Development images; present where the project is developed, absent on a user's machine."""

# What no deployment can do without; a test may then run alone or in any order.
for _name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
    os.environ.setdefault(_name, "unused")

_WITHOUT_SOCKETS = {"unit", "property", "handlers"}

# The same examples at each run, so that a failure is of what has changed. To look for others:
# make test TESTS="tests/property --hypothesis-profile=random"
hypothesis_settings.register_profile("visage", deadline=None, derandomize=True)
hypothesis_settings.register_profile("random", deadline=None)
hypothesis_settings.load_profile("visage")


_TOGETHER = {"contract", "local", "console", "template"}
"""Folders whose tests share one stack, browser or build, and so run in one process when there are several."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Deal such a folder out as one piece, the largest first, and all other tests one by one.

    xdist's own groups rename tests, which this pytest does not let them do.
    """

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = nodeid.removeprefix("tests/").split("/")[0]
            return folder if folder in _TOGETHER else nodeid

    return Scheduling(config, log)


if ENDPOINT in os.environ:
    # Java takes its time at first, and a test is not about that.
    aws._TIMEOUTS = aws._TIMEOUTS.merge(Config(connect_timeout=10, read_timeout=60))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives until the end: modules, tests, and descriptions of services."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forbid sockets in these folders, except to a DynamoDB that they are configured to use."""
    if ENDPOINT not in os.environ and _WITHOUT_SOCKETS & set(item.path.relative_to(ROOT).parts):
        item.add_marker(pytest.mark.disable_socket)


@pytest.fixture
def vectors() -> Vectors:
    """S3 Vectors for a `deployment`, with only the deployment's vector bucket."""
    service = Vectors("eu-central-1", "123456789012")
    service.buckets["visage-vectors"] = {}
    return service


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch, vectors: Vectors) -> Iterator[None]:
    """An empty deployment: the template's table and buckets, in memory."""
    environment = {
        "VISAGE_TABLE": "visage",
        "VISAGE_UPLOAD_BUCKET": "visage-uploads",
        "VISAGE_UPLOAD_ROLE": "arn:aws:iam::123456789012:role/uploads",
        "VISAGE_FACE_BUCKET": "visage-faces",
        "VISAGE_SNAPSHOT_BUCKET": "visage-snapshots",
        "VISAGE_VECTOR_BUCKET": "arn:aws:s3vectors:eu-central-1:123456789012:bucket/visage-vectors",
        "VISAGE_AUDIT_TABLE": "visage-audit",
        "VISAGE_CLIENT_PATH": "/visage/test/clients/",
        "VISAGE_MODELS": str(ROOT / ".build" / "models"),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if ENDPOINT in os.environ:
        # Each process has a DynamoDB of its own: it tells them apart by their keys.
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", os.environ[ENDPOINT])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"testing{os.getpid()}")
    patch_moto()
    speed_up_moto()
    with (
        mock_aws(),
        mock.patch.object(boto3, "DEFAULT_SESSION", session()),
        mock.patch.object(aws, "session", lambda: session()._session),
        answered_by(vectors, aws.client("s3vectors")),
    ):
        forget()
        create_stores()
        yield
    forget()


@pytest.fixture
def queues(deployment: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """URLs of the deployment's scan and callback queues, by name."""
    urls = {}
    for name in ("scan", "callback"):
        urls[name] = aws.client("sqs").create_queue(QueueName=f"visage-{name}s")["QueueUrl"]
        monkeypatch.setenv(f"VISAGE_{name.upper()}_QUEUE", urls[name])
    settings.cache_clear()
    return urls


def forget() -> None:
    """Reset cached settings, client keys and galleries. AWS clients are kept, because they are slow to create."""
    for cached in (settings, clients, container_cache):
        cached.cache_clear()
