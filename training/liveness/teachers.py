"""Answers of two small published networks (MiniFASNet): the pupil learns from them, and is compared with them.

Their weights stay outside the project.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from visage.faces.appearance.recapture import READ_OFF, read_off
from visage.faces.types import Face

from ..data import load
from .faces import CACHE

NETWORKS = ("minifasnet_v2_2.7.onnx", "minifasnet_v1se_4.0.onnx")
"""Files, one per crop."""
FEATURES = "/linear/MatMul_output_0"
"""Name of their last features."""
REAL = 1
"""Index of their output that means live."""


def attacks(data: Path, faces: Sequence[tuple[str, Face]], teachers: Path, workers: int) -> np.ndarray:
    """float32 (n,): attack scores, 0–1, mean of both networks; faces are (file, face)."""
    key = hashlib.sha256(repr([(file, face.box) for file, face in faces]).encode()).hexdigest()[:16]
    stored = CACHE / f"teachers-2-{key}.npy"
    if not stored.exists():
        with ProcessPoolExecutor(workers) as pool:
            np.save(stored, np.float32(list(pool.map(partial(_ask, data, teachers), faces, chunksize=32))))
    return np.load(stored)


def _ask(data: Path, teachers: Path, at: tuple[str, Face]) -> float:
    file, face = at
    return attack(load(data / file), face, teachers)


def attack(image: np.ndarray, face: Face, teachers: Path) -> float:
    """Attack score, 0–1, of one face: mean of both networks in the folder `teachers`."""
    crops = np.stack([read_off(image, face.box, share) for share in READ_OFF])
    (logits,) = answers(crops[None], teachers)[0]
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return 1 - float(np.mean(odds[:, REAL] / odds.sum(axis=-1)))


def answers(crops: np.ndarray, teachers: Path) -> tuple[np.ndarray, np.ndarray]:
    """Logits float32 (n, 2, 3) and last features (n, 2, 128) of crops uint8 (n, 2, side, side, 3), RGB."""
    found = []
    for number, name in enumerate(NETWORKS):
        session = _session(teachers / name)
        blob = np.ascontiguousarray(crops[:, number, ..., ::-1].transpose(0, 3, 1, 2), np.float32)
        found.append(session.run(("logits", FEATURES), {session.get_inputs()[0].name: blob}))
    logits, features = zip(*found, strict=True)
    return np.stack(logits, 1), np.stack(features, 1)


@cache
def _session(path: Path) -> onnxruntime.InferenceSession:
    model = onnx.load(path)
    model.graph.output.append(helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)
