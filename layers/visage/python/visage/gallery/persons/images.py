"""Images of enrolled faces, in a private bucket of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

from visage import aws
from visage.settings import settings

LINK_SECONDS = 300
"""Lifetime of a link; shorter if the function's own credentials expire first."""
_BATCH = 1000
"""The most objects that S3 deletes in one request."""


def image_key(library: str, born: str, face_id: str) -> str:
    """The S3 key of a face's image; all of a person's images are below `<library>/<born>/`."""
    return f"{library}/{born}/{face_id}"


class FaceImages:
    """The deployment's face images. Errors of S3 are raised as botocore's own: no caller can handle them."""

    def __init__(self) -> None:
        self._bucket = settings().face_bucket
        self._s3 = aws.client("s3")

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)

    def link(self, key: str) -> str:
        """A URL from which anybody can download the image for `LINK_SECONDS`."""
        place = {"Bucket": self._bucket, "Key": key}
        return self._s3.generate_presigned_url("get_object", Params=place, ExpiresIn=LINK_SECONDS)

    def read(self, key: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def erase(self, keys: Iterable[str]) -> None:
        """Erase the objects with these keys, and below those that end in "/"; missing objects are no error."""
        objects = list(self._objects(keys))
        for start in range(0, len(objects), _BATCH):
            batch = {"Objects": [{"Key": key} for key in objects[start : start + _BATCH]], "Quiet": True}
            answer = self._s3.delete_objects(Bucket=self._bucket, Delete=batch)
            if errors := answer.get("Errors"):
                raise EraseError(errors)

    def _objects(self, keys: Iterable[str]) -> Iterator[str]:
        for key in keys:
            if not key.endswith("/"):
                yield key
                continue
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=key)
            yield from (item["Key"] for page in pages for item in page.get("Contents", []))


class EraseError(Exception):
    """S3 could not delete some objects of a request; a retry may help."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(", ".join(sorted({error["Code"] for error in errors})))
