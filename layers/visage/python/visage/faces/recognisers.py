"""The networks that tell people apart. Each set of models joins dlib's with one other's."""

from typing import Protocol

import numpy as np

from . import sessions
from .align import arcface_chip, dlib_chip, faceres_chip
from .types import Face


class Recogniser(Protocol):
    """What a network says about a face."""

    def __call__(self, image: np.ndarray, face: Face) -> np.ndarray:
        """float32 (n,), not normalised, of a face in an image (h, w, 3)."""


def dlib(image: np.ndarray, face: Face) -> np.ndarray:
    """128 numbers: the mean over the chip and its mirror image, which costs 2.6 ms and refuses fewer genuine pairs."""
    chip = dlib_chip(image, face)
    return _run("dlib_resnet", np.stack([chip, chip[:, ::-1]])).mean(axis=0)


def faceres(image: np.ndarray, face: Face) -> np.ndarray:
    """1,024 numbers, none below 0. The mirror image adds little and would cost 7.5 ms (training/NOTES.md)."""
    return _run("faceres", faceres_chip(image, face)[None])[0]


def mobilefacenet(image: np.ndarray, face: Face) -> np.ndarray:
    """128 numbers: the mean over the chip and its mirror image, each of length one. The network takes one at a time."""
    mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    chip = (arcface_chip(image, face).astype(np.float32) / 255 - mean) / deviation
    session = sessions.open("mobilefacenet")
    views = [np.ascontiguousarray(view.transpose(2, 0, 1)[None]) for view in (chip, chip[:, ::-1])]
    said = np.concatenate([session.run(("output0",), {"input0": view})[0] for view in views])
    return (said / np.linalg.norm(said, axis=1, keepdims=True)).mean(axis=0)


RECOGNISERS: dict[str, Recogniser] = {"faceres": faceres, "mobilefacenet": mobilefacenet}


def _run(name: str, chips: np.ndarray) -> np.ndarray:
    blob = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), dtype=np.float32)
    return sessions.open(name).run(("embedding",), {"image": blob})[0]
