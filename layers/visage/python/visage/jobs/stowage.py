"""What tasks have in the upload bucket: bodies with images in them until the task is done, and results asked for there.

The bucket forgets everything after a day, so whatever a crash leaves behind ends then.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from visage import aws
from visage.settings import settings

_AT_ONCE = 8


def body_key(library: str, task_id: str) -> str:
    return f"{library}/inline/{task_id}.json"


def put_all(contents: Mapping[str, str]) -> None:
    """Stores texts by their keys, some of them at the same time."""
    if not contents:
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="stow") as threads:
        list(threads.map(put, contents, contents.values()))


def put(key: str, text: str) -> None:
    aws.client("s3").put_object(
        Bucket=settings().upload_bucket, Key=key, Body=text.encode(), ContentType="application/json"
    )


def read(key: str) -> str:
    return aws.client("s3").get_object(Bucket=settings().upload_bucket, Key=key)["Body"].read().decode()


def erase(key: str) -> None:
    """What is not there is no error."""
    aws.client("s3").delete_object(Bucket=settings().upload_bucket, Key=key)
