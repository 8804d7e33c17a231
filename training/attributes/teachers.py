"""Labels faces with other networks, and caches the labels. None of these networks' weights is used."""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import onnxruntime

from visage.faces.imaging.align import level_chip
from visage.faces.types import Face

from ..data import load
from .chips import CACHE, Chips

PARSER, MESH, BLENDSHAPES, MASK = (
    "bisenetv2_celebamaskhq_448.onnx",
    "mediapipe_face_landmarks_478.onnx",
    "mediapipe_face_blendshapes.onnx",
    "aizoo_face_mask_260.onnx",
)
PARSED = 112
"""Side of the map of a face's parts."""
PARSED_SHARE, PARSED_LIFT = 2.4, 0.12
"""The map's square: its side relative to the box's, and its shift up as a share of the box's height."""


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """One row per face, in the order of the chips."""

    smile: np.ndarray
    """float32 (n,): mean smile of the two mouth corners, 0–1."""
    mask: np.ndarray
    """float32 (n,): probability of a mask."""
    parts: np.ndarray
    """uint8 (n, PARSED, PARSED): the part at each position, numbered as in CelebAMask-HQ (17 hair, 18 hat)."""

    @classmethod
    def none(cls, count: int) -> "Opinions":
        """For faces without teachers' labels."""
        unknown = np.full(count, np.nan, np.float32)
        return cls(unknown, unknown, np.zeros((count, PARSED, PARSED), np.uint8))


def opinions(chips: Chips, teachers: Path, workers: int) -> Opinions:
    """The labels of the networks in the folder `teachers` for these faces, cached."""
    names = [chips.folder.name, *chips.files, *(PARSER, MESH, BLENDSHAPES, MASK), f"{PARSED} {PARSED_SHARE}"]
    stored = CACHE / f"opinions-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:16]}.npz"
    if not stored.exists():
        faces = [(chips.folder / file, chips.face(row)) for row, file in enumerate(chips.files)]
        with ProcessPoolExecutor(workers) as pool:
            rows = list(pool.map(partial(_ask, teachers), faces, chunksize=32))
        smile, mask, parts = zip(*rows, strict=True)
        np.savez(stored, smile=np.float32(smile), mask=np.float32(mask), parts=np.stack(parts))
    with np.load(stored) as arrays:
        return Opinions(arrays["smile"], arrays["mask"], arrays["parts"])


def _ask(teachers: Path, at: tuple[Path, Face]) -> tuple[float, float, np.ndarray]:
    path, face = at
    image = load(path)
    return _smile(teachers, image, face), _mask(teachers, image, face), _parts(teachers, image, face)


def _smile(teachers: Path, image: np.ndarray, face: Face) -> float:
    chip = level_chip(image, face, 1.5, 256).astype(np.float32) / 255
    mesh = _run(teachers, MESH, chip)[0].reshape(478, 3)
    names = json.loads((teachers / "mediapipe_blendshapes.json").read_text())
    (scores,) = _run(teachers, BLENDSHAPES, mesh[names["points"], :2])
    return float(np.mean([scores[names["scores"].index(f"mouthSmile{side}")] for side in ("Left", "Right")]))


def _mask(teachers: Path, image: np.ndarray, face: Face) -> float:
    return float(_run(teachers, MASK, level_chip(image, face, 1.8, 260).astype(np.float32) / 255)[1][0, :, 0].max())


def _parts(teachers: Path, image: np.ndarray, face: Face) -> np.ndarray:
    (maps,) = _run(teachers, PARSER, level_chip(image, lifted(face), PARSED_SHARE, 448) / np.float32(127.5) - 1)
    return maps[0].argmax(axis=-1)[2::4, 2::4].astype(np.uint8)


def lifted(face: Face) -> Face:
    """The face shifted so that it lies in the middle of the parser's square."""
    return replace(face, box=replace(face.box, top=face.box.top - PARSED_LIFT * face.box.height))


def _run(teachers: Path, name: str, blob: np.ndarray) -> Iterable[np.ndarray]:
    session = _session(teachers / name)
    return session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(blob[None], np.float32)})


@cache
def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)
