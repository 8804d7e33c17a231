"""Enrols through the upload bucket: photos, and an image without a face."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aliyunsdkcore.client import AcsClient
from botocore.exceptions import ClientError

from demo.comparing import sky
from demo.steps import Step
from local.cloud.client import aws_client

SECONDS = 60
"""Maximum wait for the result of a drop."""


def steps(client: AcsClient, _endpoint: str, folder: Path, state: Path) -> Iterator[Step]:
    """Runs as the deployment's operator, who may read results."""
    stack, library = json.loads((state / "stack.json").read_text()), client.get_access_key()
    s3, bucket = aws_client("s3", stack["endpoint"]), stack["settings"]["VISAGE_UPLOAD_BUCKET"]

    def read(key: str) -> bytes | None:
        try:
            return s3.get_object(Bucket=bucket, Key=f"{library}/{key}")["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def drop(key: str, image: bytes) -> dict[str, Any]:
        """Drop an image and return its result."""
        s3.put_object(Bucket=bucket, Key=f"{library}/{key}", Body=image)
        in_time(lambda: read(f"results/{key}.json") is not None)
        return json.loads(read(f"results/{key}.json") or b'{"code": 280, "msg": "PROCESSING"}')

    def enrol(name: str, image: bytes, expected: int) -> Step:
        result = drop(f"enrol/visitors/dropped/{name}", image)
        return Step(f"drop {name} for a new person", result["msg"], str(expected), result["code"] == expected)

    first, again = "奥巴马 1.jpg", "door.jpg"
    yield enrol(first, (folder / "obama.jpg").read_bytes(), 200)
    # The result is written first, so the image may exist a little longer.
    gone = in_time(lambda: read(f"enrol/visitors/dropped/{first}") is None)
    yield Step("the dropped image", "gone" if gone else "still there", "gone", gone)
    yield enrol("sky.jpg", sky(), 400)
    entry = drop(f"scan/sface-n/visitors/{again}", (folder / "obama2.jpg").read_bytes())
    found = [each["persons"][0]["personId"] for each in entry["results"][0]["topPersonData"] if each["persons"]]
    yield Step("drop another photo to search with", ", ".join(found) or "nobody", "dropped", found == ["dropped"])


def in_time(condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true within `SECONDS`."""
    until = time.monotonic() + SECONDS
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.1)
    return met
