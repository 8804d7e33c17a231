"""Tasks' objects in the upload bucket: bodies with images until the task is done, and requested results.

The bucket deletes everything after a day, and with it what a crash left behind.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from visage import aws
from visage.settings import settings

_PARALLEL = 8


def body_key(library: str, task_id: str) -> str:
    return f"{library}/inline/{task_id}.json"


def put_all(contents: Mapping[str, str]) -> None:
    """Store texts by key, concurrently."""
    if not contents:
        return
    with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="stow") as threads:
        list(threads.map(put, contents, contents.values()))


def put(key: str, text: str) -> None:
    aws.client("s3").put_object(
        Bucket=settings().upload_bucket, Key=key, Body=text.encode(), ContentType="application/json"
    )


def read(key: str) -> str:
    return aws.client("s3").get_object(Bucket=settings().upload_bucket, Key=key)["Body"].read().decode()


def erase(key: str) -> None:
    """Delete an object; a missing one is no error."""
    aws.client("s3").delete_object(Bucket=settings().upload_bucket, Key=key)
