"""Everything in a bucket, including former versions, delete markers and unfinished uploads."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

Version = tuple[str, str]
"""Key and version of an object, or of a delete marker."""
_BATCH = 1000
"""Objects per S3 deletion request."""


def versions(s3: Any, bucket: str, prefix: str = "", *, markers: bool = True) -> Iterator[Version]:
    """All versions of the objects below a prefix, with their delete markers unless `markers` is false."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for each in (*page.get("Versions", []), *(page.get("DeleteMarkers", []) if markers else [])):
            yield each["Key"], each["VersionId"]


def erase(s3: Any, bucket: str, objects: Iterable[Version]) -> None:
    """Delete these versions for good. Raises ClientError if S3 refuses one."""
    remaining = iter(objects)
    while batch := list(islice(remaining, _BATCH)):
        entries = [{"Key": key, "VersionId": version} for key, version in batch]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries, "Quiet": True})
        if errors := answer.get("Errors"):
            raise ClientError({"Error": errors[0]}, "DeleteObjects")


def unfinished(s3: Any, bucket: str) -> Iterator[dict[str, str]]:
    """The unfinished multipart uploads, as arguments of `abort_multipart_upload`."""
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for each in page.get("Uploads", []):
            yield {"Bucket": bucket, "Key": each["Key"], "UploadId": each["UploadId"]}
