"""A deployment in memory, in this process: the template's tables, buckets and queues, and a client that calls."""

import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from moto import mock_aws

from demo.portraits import portraits
from local.cloud.transactions import patch_moto
from local.cloud.vectors import Vectors
from tests.support.stores import REGION, create_stores, speed_up_moto
from tests.support.vectors import answered_by
from torture.targets.caller import Answered, Caller

ROOT = Path(__file__).parents[2]
BUCKET = "visage-uploads"
PHOTOS = {"person": "obama.jpg", "again": "obama2.jpg", "other": "biden.jpg"}

for _place in ("functions", "layers/visage/python", "layers/models"):
    sys.path.append(str(ROOT / _place))


def photo(name: str) -> bytes:
    """One of `PHOTOS` as JPEG, just large enough to be enrolled."""
    from PIL import Image

    image, content = Image.open(portraits() / PHOTOS[name]).convert("RGB"), io.BytesIO()
    image.thumbnail((420, 420))
    image.save(content, "JPEG")
    return content.getvalue()


class Deployment(Caller):
    """Whose functions are called in process."""

    def __init__(self, vectors: Vectors) -> None:
        from visage import aws
        from visage.access.clients import OPERATOR, clients

        super().__init__(clients().create("torture", ("*", OPERATOR), library="torture"))
        self.vectors = vectors
        for name in PHOTOS:
            aws.client("s3").put_object(Bucket=BUCKET, Key=f"torture/{name}.jpg", Body=photo(name))

    def photo(self, name: str) -> str:
        return f"oss://{BUCKET}/torture/{name}.jpg"

    def handle(self, action: str, event: Mapping[str, Any]) -> Answered:
        answer = import_module(f"{self.functions.get(action, action)}.app").handler(event, None)
        return Answered(answer["statusCode"], answer["body"])


@contextmanager
def deployed() -> Iterator[Deployment]:
    """A deployment, until the block ends. Of a process there can be one at a time."""
    environment = {
        "VISAGE_TABLE": "visage",
        "VISAGE_AUDIT_TABLE": "visage-audit",
        "VISAGE_UPLOAD_BUCKET": BUCKET,
        "VISAGE_FACE_BUCKET": "visage-faces",
        "VISAGE_SNAPSHOT_BUCKET": "visage-snapshots",
        "VISAGE_VECTOR_BUCKET": f"arn:aws:s3vectors:{REGION}:123456789012:bucket/visage-vectors",
        "VISAGE_UPLOAD_ROLE": "arn:aws:iam::123456789012:role/uploads",
        "VISAGE_CLIENT_PATH": "/visage/torture/clients/",
        "VISAGE_MODELS": str(ROOT / ".build" / "models"),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    os.environ.update(environment)
    patch_moto()
    speed_up_moto()
    vectors = Vectors(REGION, "123456789012")
    vectors.buckets["visage-vectors"] = {}
    from visage import aws
    from visage.access.clients import clients
    from visage.api.operation import logger
    from visage.gallery.index.container_cache import container_cache
    from visage.settings import settings

    logger.setLevel(logging.CRITICAL)
    with mock_aws(), answered_by(vectors, aws.client("s3vectors")):
        create_stores()
        for queue in ("scan", "callback"):
            url = aws.client("sqs").create_queue(QueueName=f"visage-{queue}s")["QueueUrl"]
            os.environ[f"VISAGE_{queue.upper()}_QUEUE"] = url
        for cached in (settings, clients, container_cache):
            cached.cache_clear()
        yield Deployment(vectors)
    for cached in (settings, clients, container_cache):
        cached.cache_clear()
