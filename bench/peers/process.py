"""Starts a peer and asks it about photos."""

import io
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import dist
from pathlib import Path

import numpy as np
from PIL import Image

from bench.figures import Skip
from local.stack import ROOT

INSTALLED = ROOT / ".venv-peers"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What a peer found in a photo."""

    milliseconds: float
    """Of its processor time."""
    embedding: np.ndarray | None
    """Of the face nearest to the photo's centre; None where it found none."""


def _as_it_is(photo: bytes) -> bytes:
    return photo


def _as_pixels(photo: bytes) -> bytes:
    image = Image.open(io.BytesIO(photo)).convert("RGB")
    return f"{image.width} {image.height}\n".encode() + image.tobytes()


@dataclass(frozen=True, slots=True)
class Kind:
    """How a peer is started, and what it is given of a photo."""

    ready: Path
    """Is there where it is installed."""
    command: Sequence[str | Path]
    given: Callable[[bytes], bytes]


KINDS: Mapping[str, Kind] = {
    "face_recognition": Kind(
        INSTALLED / ".ready", (INSTALLED / "bin/python", _HERE / "face_recognition_worker.py"), _as_it_is
    ),
    "Human": Kind(
        INSTALLED / "node/.ready", ("node", _HERE / "human_worker.mjs", INSTALLED / "node"), _as_pixels
    ),
}


class Peer:
    """A running peer."""

    def __init__(self, process: "subprocess.Popen[str]", kind: Kind, folder: Path) -> None:
        assert process.stdin and process.stdout
        self._orders, self._answers = process.stdin, process.stdout
        self._given = kind.given
        self._file = folder / "photo"
        self.about = self._answers.readline().strip()
        """Its name and versions."""

    def look(self, photo: bytes) -> Looked:
        """Find and embed the faces of a JPEG."""
        self._file.write_bytes(self._given(photo))
        self._orders.write(f"{self._file}\n")
        self._orders.flush()
        answer = json.loads(self._answers.readline())
        width, height = Image.open(io.BytesIO(photo)).size
        faces = sorted(answer["faces"], key=lambda face: dist(_centre(face["box"]), (width / 2, height / 2)))
        return Looked(answer["milliseconds"], np.array(faces[0]["embedding"]) if faces else None)


@contextmanager
def peer(name: str) -> Iterator[Peer]:
    """One of `KINDS`, until the block ends. Raises Skip where it is not installed."""
    kind = KINDS[name]
    if not kind.ready.exists():
        raise Skip(f"{name} is not installed: make peers")
    # What they import warns on standard error that it is old.
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        kind.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:  # fmt: skip
        try:
            yield Peer(process, kind, Path(folder))
        finally:
            process.kill()


def _centre(box: Sequence[float]) -> tuple[float, float]:
    left, top, width, height = box
    return left + width / 2, top + height / 2
