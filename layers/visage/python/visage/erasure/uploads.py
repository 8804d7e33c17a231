"""Erases what names a person in the upload bucket: images dropped for it, and their results."""

import json
import math
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from visage import aws
from visage.settings import settings

_PARALLEL = 8
_BATCH = 1000
"""Objects per S3 deletion request."""


class EraseError(Exception):
    """S3 could not delete some objects of a request; a retry may help."""


def erase_drops(library: str, person_id: str, until: float = math.inf) -> int:
    """Erase what was dropped for a person until then (epoch seconds), and all its results; return how many objects.

    Searches all groups for which anything was dropped, because a group whose drops were all refused may not exist.
    """
    dropped, results = (_list(f"{library}/{kind}/", Delimiter="/") for kind in ("enrol", "results/enrol"))
    prefixes = {f"{group}{person_id}/": until for group in dropped.folders}
    prefixes |= {f"{group}{person_id}/": math.inf for group in results.folders}
    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = [key for each in pool.map(_list, prefixes, prefixes.values()) for key in each.keys]
    # Results of drops whose own keys would be too long, or were malformed, are in no group's folder.
    found += [key for key in results.keys if _concerns(key, person_id)]
    # Nor are results of drops that were refused because the group or the name was missing.
    found += _list(f"{library}/results/enrol/{person_id}/", Delimiter="/").keys
    found += [key for group in results.folders for key in _list(f"{group}{person_id}.json").keys]
    _erase(found)
    return len(found)


def erase_results(library: str, person_id: str, face_ids: Collection[str]) -> int:
    """Erase the results of the person's drops that became these faces; return how many objects."""
    results = _list(f"{library}/results/enrol/", Delimiter="/")
    prefixes = [f"{group}{person_id}/" for group in results.folders]
    with ThreadPoolExecutor(_PARALLEL) as pool:
        keys = [*results.keys, *(key for each in pool.map(_list, prefixes) for key in each.keys)]
        named = pool.map(_faces, keys)
        found = [key for key, faces in zip(keys, named, strict=True) if not faces.isdisjoint(face_ids)]
    _erase(found)
    return len(found)


@dataclass(frozen=True, slots=True)
class _Listing:
    keys: list[str]
    folders: list[str]
    """With a slash at the end."""


def _list(prefix: str, until: float = math.inf, **options: str) -> _Listing:
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


def _concerns(key: str, person_id: str) -> bool:
    # <library>/enrol/<group>/<person>/<name>, or a key that was refused because it is malformed
    return person_id in _document(key).get("object", "").split("/")[2:4]


def _faces(key: str) -> set[str]:
    """Ids of the faces in a result."""
    return {str(item.get("faceId")) for item in _document(key).get("data", {}).get("faceImageItems", [])}


def _document(key: str) -> dict[str, Any]:
    """A result document; empty if it is gone."""
    s3 = aws.client("s3")
    try:
        return json.loads(s3.get_object(Bucket=settings().upload_bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}


def _erase(keys: Sequence[str]) -> None:
    for start in range(0, len(keys), _BATCH):
        batch = {"Objects": [{"Key": key} for key in keys[start : start + _BATCH]], "Quiet": True}
        answer = aws.client("s3").delete_objects(Bucket=settings().upload_bucket, Delete=batch)
        if errors := answer.get("Errors"):
            raise EraseError(", ".join(sorted({error["Code"] for error in errors})))
