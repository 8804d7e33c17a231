"""Objects dropped in the upload bucket, their S3 events, and their results."""

import base64
import itertools
import json
import time
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from on_upload.app import handler
from visage import aws
from visage.settings import settings

NAMES = ["1.jpg", "a b+c %2B&=.jpg", "张三 照片.jpg", "no suffix", "..jpg"]
NAMES += ["é.jpg", unicodedata.normalize("NFD", "é.jpg")]
"""Of files, to be part of keys."""

_sequencers = itertools.count(0x0055AED6DCD90281)


def event(
    key: str, etag: str, size: int = 0, sequencer: str | None = None, came: float | None = None
) -> dict[str, Any]:
    """S3's event for a new object; each is later than those before, unless its sequencer says otherwise."""
    moment = datetime.fromtimestamp(came or time.time(), UTC).replace(tzinfo=None)
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "eu-central-1",
                "eventTime": f"{moment.isoformat(timespec='milliseconds')}Z",
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "dropped",
                    "bucket": {
                        "name": settings().upload_bucket,
                        "arn": f"arn:aws:s3:::{settings().upload_bucket}",
                    },
                    "object": {
                        "key": quote_plus(key, safe="/"),
                        "size": size,
                        "eTag": etag,
                        "sequencer": sequencer or f"{next(_sequencers):016X}",
                    },
                },
            }
        ]
    }


def drop(key: str, content: bytes, came: float | None = None) -> dict[str, Any]:
    """Put an object and return its event."""
    answer = aws.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    return event(key, answer["ETag"].strip('"'), len(content), came=came)


def content(image: str) -> bytes:
    """The bytes of a `base64://` address."""
    return base64.b64decode(image.removeprefix("base64://"))


def take(key: str, image: str) -> list[str]:
    """Drop an image, given as `base64://` address; return the outcome."""
    return handler(drop(key, content(image)), None)


def keys(prefix: str = "") -> list[str]:
    """Keys of all objects."""
    answer = aws.client("s3").list_objects_v2(Bucket=settings().upload_bucket, Prefix=prefix)
    return [item["Key"] for item in answer.get("Contents", [])]


def result(key: str) -> dict[str, Any]:
    """The result document of the object with this key."""
    library, _slash, path = key.partition("/")
    place = {"Bucket": settings().upload_bucket, "Key": f"{library}/results/{path}.json"}
    return json.loads(aws.client("s3").get_object(**place)["Body"].read())


def erase(names: Iterable[str]) -> None:
    for key in names:
        aws.client("s3").delete_object(Bucket=settings().upload_bucket, Key=key)
