"""A snapshot of a gallery in memory, in place of S3's."""

import io
import re
from typing import Any
from unittest import mock

import numpy as np

from visage import aws
from visage.gallery.index import snapshot_files
from visage.gallery.index.quantizer import Codes, trained
from visage.gallery.index.segments import Faces, Segment, Table, encode_ids
from visage.gallery.index.snapshot_files import Edition

MODEL = "bench"
_PART = 50_000


class SnapshotFile:
    """The only file of a snapshot, with one person a face; also stands in for S3's client."""

    def __init__(self, faces: np.ndarray) -> None:
        self.content: bytes | bytearray = b""
        # In one piece: nothing stands in for S3's uploads in parts.
        with mock.patch.object(aws, "client", lambda _name: self), mock.patch.object(snapshot_files, "_PART", 2**40):
            self.edition = Edition("bench", (snapshot_files.write("bench", "bench", _segment(faces)),))

    def put_object(self, *, Body: bytearray, **_parameters: str) -> None:
        self.content = Body

    def get_object(self, *, Range: str, **_parameters: str) -> dict[str, Any]:
        first, last = map(int, re.findall(r"\d+", Range))
        return {"Body": io.BytesIO(memoryview(self.content)[first : last + 1])}


def name(number: int) -> str:
    """The id of the person in this row."""
    return f"{number:09}"


def _segment(faces: np.ndarray) -> Segment:
    parts = [trained().encode(faces[start : start + _PART]) for start in range(0, len(faces), _PART)]
    names = ("numbers", "offsets", "lost", "lengths")
    codes = Codes(*(np.concatenate([getattr(part, each) for part in parts]) for each in names))
    table = Table(encode_ids(map(name, range(len(faces)))), np.ones(len(faces), np.uint8), (MODEL,), trained())
    return Segment(table, Faces(codes, np.zeros(len(faces), np.uint8)))
