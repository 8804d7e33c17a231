"""Images of enrolled faces, in a private bucket of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

from visage import aws
from visage.settings import settings

LINK_SECONDS = 300
"""How long a link lasts, or as long as the function's own credentials, if that is shorter."""
_BATCH = 1000
"""Objects that S3 deletes at once."""


def image_key(library: str, born: str, face_id: str) -> str:
    """Where a face's image lies; a person's all lie below `<library>/<born>/`."""
    return f"{library}/{born}/{face_id}"


class FaceImages:
    """The deployment's images. What S3 refuses raises botocore's own error: no caller can mend it."""

    def __init__(self) -> None:
        self._bucket = settings().face_bucket
        self._s3 = aws.client("s3")

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)

    def link(self, key: str) -> str:
        """A URL from which anybody can get the image for the next minutes."""
        place = {"Bucket": self._bucket, "Key": key}
        return self._s3.generate_presigned_url("get_object", Params=place, ExpiresIn=LINK_SECONDS)

    def read(self, key: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def erase(self, keys: Iterable[str]) -> None:
        """Erase what lies at these keys, and below those that end in "/"; what is not there is no error."""
        objects = list(self._objects(keys))
        for start in range(0, len(objects), _BATCH):
            wanted = {"Objects": [{"Key": key} for key in objects[start : start + _BATCH]], "Quiet": True}
            answer = self._s3.delete_objects(Bucket=self._bucket, Delete=wanted)
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
    """S3 deleted some objects of a request and these not; trying again may help."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(", ".join(sorted({error["Code"] for error in errors})))
