"""What can be said of a face beyond whose it is: one small network of our own, and how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import sessions
from .align import level_chip
from .types import Face

SIDE = 144
"""Of the network's picture, in pixels."""
SHARE = 1.75
"""The side of what it is shown, in longer sides of the face's box: enough for hat, hair and beard."""
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
    blob = np.ascontiguousarray(attributes_chip(image, face).transpose(2, 0, 1)[None], dtype=np.float32)
    answers, degree = sessions.open("attributes").run(("answers", "degree"), {"image": blob})
    return compose(dict(zip(QUESTIONS, answers[0].tolist(), strict=True)), float(degree[0, 0]))


def attributes_chip(image: np.ndarray, face: Face) -> np.ndarray:
    """What the network is shown of a face in an image (h, w, 3): uint8 (144, 144, 3), level, the box in its middle."""
    return level_chip(image, face, SHARE, SIDE)


def compose(yes: Mapping[str, float], smile_degree: float) -> Attributes:
    """The attributes that the probabilities of yes, one a question, and the degree of the smile make."""
    glasses, dark, bald, long = (yes[question] for question in ("glasses", "sunglasses", "bald", "long"))
    return Attributes(
        smile_degree=smile_degree,
        smile_rate=yes["smile"] if smile_degree >= 0.5 else 1 - yes["smile"],
        glasses=_likeliest({"None": 1 - glasses, "Wear": glasses * (1 - dark), "Sunglass": glasses * dark}),
        respirator=_likeliest({"None": 1 - yes["respirator"], "Wear": yes["respirator"]}),
        hat=_likeliest({"None": 1 - yes["hat"], "Wear": yes["hat"]}),
        mustache=_likeliest({"None": 1 - yes["mustache"], "Has": yes["mustache"]}),
        bang=_likeliest({"None": 1 - yes["bang"], "Has": yes["bang"]}),
        hairstyle=_likeliest({"Bald": bald, "Long": (1 - bald) * long, "Short": (1 - bald) * (1 - long)}),
    )


def _likeliest(probabilities: Mapping[str, float]) -> Estimate:
    value = max(probabilities, key=probabilities.__getitem__)
    return Estimate(value, probabilities[value])
