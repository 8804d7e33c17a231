"""What can be said of a face beyond whose it is: one small network of our own, and how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .. import sessions
from ..imaging.align import level_chip, levelling
from ..imaging.geometry import apply, invert
from ..types import Face

SIDE = 144
"""Of the network's picture, in pixels."""
SHARE = 1.75
"""The side of what it is shown, in longer sides of the face's box: enough for hat, hair and beard."""
_BAND = 0.2
"""Of a face's longer side. With so much in view above it, hats and baldness are told nearly as well as with the whole
head (training/NOTES.md)."""
SAID = ("answers", "degree", "former")
"""The network's outputs: `QUESTIONS`, the smile's degree, and both as they were before it was taught on, by which
detection/verify.py tells what is no face."""
_BATCH = 8
"""Faces shown to the network at once."""
QUESTIONS = ("smile", "glasses", "sunglasses", "respirator", "hat", "mustache", "bang", "bald", "long")
"""What the network answers with a probability of yes: `sunglasses` given glasses, `long` given hair."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an attribute is taken to be."""

    value: str
    """The most probable of its values, as the wire contract writes them."""
    rate: float
    """The probability of that value, 0–1, calibrated (layers/models/trained/attributes.md)."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a face shows."""

    smile_degree: float
    """0 not at all, 1 broadly; a smile from 0.5 on."""
    smile_rate: float
    """The probability, 0–1, of a smile where the degree says smile, else of none."""
    glasses: Estimate
    """None, Wear (clear ones) or Sunglass."""
    respirator: Estimate
    """None or Wear: a mask over mouth or nose."""
    hat: Estimate
    """None or Wear."""
    mustache: Estimate
    """None or Has: hair on the upper lip, with a beard or without; stubble is none."""
    bang: Estimate
    """None or Has: hair that falls over the forehead."""
    hairstyle: Estimate
    """Bald (also with hair at the sides only), Long (below the chin) or Short."""


def attributes(image: np.ndarray, face: Face) -> Attributes:
    """The attributes of a face in an image (h, w, 3)."""
    return attributes_of_each(image, [face])[0]


def attributes_of_each(image: np.ndarray, faces: Sequence[Face]) -> list[Attributes]:
    """The attributes of faces in an image (h, w, 3)."""
    said = answers(image, faces)[:, : len(QUESTIONS) + 1]
    return [
        compose(dict(zip(QUESTIONS, yes, strict=True)), degree, *shares_seen(image, face))
        for face, (*yes, degree) in zip(faces, said.tolist(), strict=True)
    ]


def answers(image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """What the network says of faces in an image (h, w, 3): float32 (n, 20), 0–1, its outputs side by side, `SAID`.

    Faces that come with their answers are not shown to it again.
    """
    said = np.empty((len(faces), 2 * (len(QUESTIONS) + 1)), np.float32)
    new = [index for index, face in enumerate(faces) if face.answers is None]
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        chips = np.stack([attributes_chip(image, faces[index]) for index in batch])
        blob = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), dtype=np.float32)
        said[batch] = np.hstack(sessions.open("attributes").run(SAID, {"image": blob}))
    for index in set(range(len(faces))).difference(new):
        said[index] = faces[index].answers
    return said


def attributes_chip(image: np.ndarray, face: Face) -> np.ndarray:
    """What the network is shown of a face in an image (h, w, 3): uint8 (144, 144, 3), level, the box in its middle."""
    return level_chip(image, face, SHARE, SIDE)


def shares_seen(image: np.ndarray, face: Face) -> tuple[float, float]:
    """How much of the head above a face, and of what is below its chin, lies in the image (h, w, 3): 0–1 each.

    Counted in two bands as wide as the face, `_BAND` of its height each, above and below its box.
    """
    height, width = image.shape[:2]
    back = invert(levelling(face, SHARE, SIDE))
    edge, band = SIDE * (1 - 1 / SHARE) / 2, SIDE / SHARE * _BAND
    across = np.linspace(edge, SIDE - edge, 9)
    down = np.add.outer([edge - band, SIDE - edge], band * (np.arange(8) + 0.5) / 8)
    x, y = np.moveaxis(apply(back, np.stack(np.meshgrid(across, down), axis=-1)), -1, 0)
    inside = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    above, below = inside.reshape(2, -1).mean(axis=1).tolist()
    return above, below


def compose(yes: Mapping[str, float], smile_degree: float, above: float = 1.0, below: float = 1.0) -> Attributes:
    """The attributes that the probabilities of yes, one a question, and the degree of the smile make.

    `above` and `below`: `shares_seen`. What is not in the image decides nothing: without the top of the head, every
    answer about hat, fringe and hairstyle is as likely as the others; without what is below the chin, long hair is.
    Under a hat nobody is known to be bald.
    """
    glasses, dark = yes["glasses"], yes["sunglasses"]
    hat, bang = (above * yes[question] + (1 - above) / 2 for question in ("hat", "bang"))
    bare = above * (1 - yes["hat"])
    bald = bare * yes["bald"] + (1 - bare) / 3
    long = below * yes["long"] + (1 - below) / 2
    return Attributes(
        smile_degree=smile_degree,
        smile_rate=yes["smile"] if smile_degree >= 0.5 else 1 - yes["smile"],
        glasses=_likeliest({"None": 1 - glasses, "Wear": glasses * (1 - dark), "Sunglass": glasses * dark}),
        respirator=_likeliest({"None": 1 - yes["respirator"], "Wear": yes["respirator"]}),
        hat=_likeliest({"None": 1 - hat, "Wear": hat}),
        mustache=_likeliest({"None": 1 - yes["mustache"], "Has": yes["mustache"]}),
        bang=_likeliest({"None": 1 - bang, "Has": bang}),
        hairstyle=_likeliest({"Bald": bald, "Long": (1 - bald) * long, "Short": (1 - bald) * (1 - long)}),
    )


def _likeliest(probabilities: Mapping[str, float]) -> Estimate:
    value = max(probabilities, key=probabilities.__getitem__)
    return Estimate(value, probabilities[value])
