"""What names a person in the upload bucket: images dropped for it, and what was said of them."""

import json
import math
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from visage import aws
from visage.settings import settings

_AT_ONCE = 8
_ERASED = 1000
"""Objects that S3 deletes at once."""


class EraseError(Exception):
    """S3 deleted some objects of a request and these not; trying again may help."""


def erase_drops(library: str, person_id: str, until: float = math.inf) -> int:
    """Erase what was dropped for a person until then (epoch seconds), and all results; how many objects there were.

    In all groups that anything was dropped for: one that was refused may never have come to be.
    """
    dropped, said = (_listed(f"{library}/{kind}/", Delimiter="/") for kind in ("enrol", "results/enrol"))
    places = {f"{group}{person_id}/": until for group in dropped.folders}
    places |= {f"{group}{person_id}/": math.inf for group in said.folders}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [key for each in pool.map(_listed, places, places.values()) for key in each.keys]
    # Results of drops whose own keys would have been too long, or were wrong, lie in no group.
    found += [key for key in said.keys if _about(key, person_id)]
    # Nor do those of drops that were refused for want of a group or of a name.
    found += _listed(f"{library}/results/enrol/{person_id}/", Delimiter="/").keys
    found += [key for group in said.folders for key in _listed(f"{group}{person_id}.json").keys]
    _erase(found)
    return len(found)


def erase_results(library: str, person_id: str, face_ids: Collection[str]) -> int:
    """Erase what was said of the person's drops that became these faces; how many objects there were."""
    said = _listed(f"{library}/results/enrol/", Delimiter="/")
    places = [f"{group}{person_id}/" for group in said.folders]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        keys = [*said.keys, *(key for each in pool.map(_listed, places) for key in each.keys)]
        named = pool.map(_faces, keys)
        found = [key for key, faces in zip(keys, named, strict=True) if not faces.isdisjoint(face_ids)]
    _erase(found)
    return len(found)


@dataclass(frozen=True, slots=True)
class _Listing:
    keys: list[str]
    folders: list[str]
    """Each with a slash at its end."""


def _listed(prefix: str, until: float = math.inf, **options: str) -> _Listing:
    listing = aws.client("s3").get_paginator("list_objects_v2")
    pages = [*listing.paginate(Bucket=settings().upload_bucket, Prefix=prefix, **options)]
    return _Listing(
        [
            entry["Key"]
            for page in pages
            for entry in page.get("Contents", [])
            if entry["LastModified"].timestamp() <= until
        ],
        [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])],
    )


def _about(key: str, person_id: str) -> bool:
    # <library>/enrol/<group>/<person>/<name>, or what was refused because it is not of this form
    return person_id in _document(key).get("object", "").split("/")[2:4]


def _faces(key: str) -> set[str]:
    """Ids of the faces that a result tells of."""
    return {str(item.get("faceId")) for item in _document(key).get("data", {}).get("faceImageItems", [])}


def _document(key: str) -> dict[str, Any]:
    """A result; empty where it is gone."""
    s3 = aws.client("s3")
    try:
        return json.loads(s3.get_object(Bucket=settings().upload_bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}


def _erase(keys: Sequence[str]) -> None:
    for start in range(0, len(keys), _ERASED):
        wanted = {"Objects": [{"Key": key} for key in keys[start : start + _ERASED]], "Quiet": True}
        answer = aws.client("s3").delete_objects(Bucket=settings().upload_bucket, Delete=wanted)
        if errors := answer.get("Errors"):
            raise EraseError(", ".join(sorted({error["Code"] for error in errors})))
