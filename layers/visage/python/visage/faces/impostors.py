"""How similar different people are who are of the same kinds as two faces.

Strangers are not equally unlike: an embedding tells small children, or women of an origin that its networks saw little
of, apart less well, and one threshold for all would let far more of their pairs pass. So the similarities that a pair's
threshold is made of are those of impostors like that pair. Kinds are what embeddings share over many people, learnt
without labels: nothing here says who is young, female or Asian.
"""

import io
import json
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from math import expm1, log

import numpy as np

from . import sessions


class ImageType(Enum):
    """What kind of picture a face is in."""

    PHOTO = "FacePic"
    CHIP = "IDPic"
    """The portrait on an identity card's chip: 102x126 pixels in a kilobyte."""


PHOTOS = (ImageType.PHOTO, ImageType.PHOTO)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """What training/impostors.py learnt. Sides of a pair: its photo, and its second photo or its chip portrait."""

    mean: np.ndarray
    """float32 (256,)"""
    axes: np.ndarray
    """float32 (256, 16): the directions in which embeddings of different people differ most, the first ones leading."""
    reach: np.ndarray
    """float32 (16,): as far from 0 faces lie along the axes; farther ones are treated like these."""
    apart: np.ndarray
    """float32 (16,): what a difference along each axis counts."""
    constant: np.ndarray
    """float32 (2,): for pairs of photos, and of a photo and a chip portrait."""
    linear: np.ndarray
    """float32 (2, 2, 16): for such pairs and their sides."""
    square: np.ndarray
    """float32 (2, 2, 16)"""
    spread: np.ndarray
    """float32 (2, 2): for such pairs, a constant and a slope."""

    @classmethod
    def read(cls, content: bytes) -> "Kinds":
        """From an .npz file's bytes."""
        with np.load(io.BytesIO(content)) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def places(self, embeddings: np.ndarray) -> np.ndarray:
        """Where embeddings (..., 256) lie among the kinds: (..., 16)."""
        return np.clip((embeddings - self.mean) @ self.axes, -self.reach, self.reach)

    def impostors(self, first: np.ndarray, second: np.ndarray, chip: bool) -> tuple[np.ndarray, np.ndarray]:
        """Base and spread of the similarities of different people at two places (..., 16), the chip's second.

        One in a hundred of them reaches the base, and these exceed it by the spread in the mean. With x and y the
        places, the base is c + (h(x) + h'(y) - |x - y|²) / 2, h(x) = l·x + q·x², and each axis has its weight in the
        distance; the spread is exp(a + b (|x|² + |y|²) / 2). People in crowded places (h) are more alike, people of
        different kinds less.
        """
        sides = zip((first, second), self.linear[int(chip)], self.square[int(chip)], strict=True)
        crowding = sum(place @ linear + place**2 @ square for place, linear, square in sides)
        base = self.constant[int(chip)] + (crowding - (first - second) ** 2 @ self.apart) / 2
        constant, slope = self.spread[int(chip)]
        return base, np.exp(constant + slope * ((first**2).sum(axis=-1) + (second**2).sum(axis=-1)) / 2)


@dataclass(frozen=True, slots=True)
class Tail:
    """How false matches become rarer beyond the rates that were counted: a generalised Pareto distribution."""

    rate: float
    """The lowest counted false match rate, and `excess` its place: the tail begins there."""
    excess: float
    scale: float
    shape: float
    """Not 0; below it, the tail has an end."""

    def excess_at(self, rate: float) -> float:
        """What this share of different people reaches, for a share of at most `self.rate`."""
        return self.excess + self.scale / self.shape * expm1(self.shape * log(self.rate / rate))


@dataclass(frozen=True, slots=True)
class Excess:
    """By how many spreads different people exceed their base, and how often."""

    rates: tuple[float, ...]
    """Counted shares of different people, falling."""
    excesses: tuple[float, ...]
    """What each share reaches, rising."""
    tail: Tail

    def at(self, rate: float) -> float:
        """The excess that this share of different people reaches; between counted shares it follows their logarithm."""
        if rate < self.tail.rate:
            return self.tail.excess_at(rate)
        return float(np.interp(-log(rate), [-log(counted) for counted in self.rates], self.excesses))


@dataclass(frozen=True, slots=True)
class Impostors:
    """Different people like those of a pair."""

    base: float
    spread: float
    excess: Excess

    def similarity_at(self, rate: float) -> float:
        """The similarity that this share of them reaches."""
        return self.base + self.spread * self.excess.at(rate)


def impostors(first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS) -> Impostors:
    """Of two embeddings (256,) from pictures of these types, of which one at least is a photo."""
    chip = ImageType.CHIP in types
    photo, other = (second, first) if types[0] is ImageType.CHIP else (first, second)
    return _impostors(photo, other, chip, "FacePic-IDPic" if chip else "FacePic-FacePic")


def similarities_at(
    rate: float, first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS
) -> np.ndarray:
    """The similarity that this share of different people reaches, for each pair of embeddings (n, 256): (n,)."""
    chip = ImageType.CHIP in types
    photo, other = (second, first) if types[0] is ImageType.CHIP else (first, second)
    base, spread = _kinds().impostors(_kinds().places(photo), _kinds().places(other), chip)
    return base + spread * _usual()["FacePic-IDPic" if chip else "FacePic-FacePic"].excess.at(rate)


def strangers(probe: np.ndarray | None) -> Impostors:
    """Of an embedding (256,) that a search compares with many; the others are thought to be where it is.

    Without a probe: of one in the middle of LFW's.
    """
    return _usual()["search"] if probe is None else _impostors(probe, probe, chip=False, pairs="search")


def read_usual(content: bytes) -> dict[str, Impostors]:
    """By the type of pairs, the impostors of pairs in the middle of LFW's, from calibration.json."""
    return {
        name: Impostors(
            **entry["usual"],
            excess=Excess(
                tuple(knot["rate"] for knot in entry["excess"]),
                tuple(knot["excess"] for knot in entry["excess"]),
                Tail(**entry["tail"]),
            ),
        )
        for name, entry in json.loads(content)["pairs"].items()
    }


def _impostors(first: np.ndarray, second: np.ndarray, chip: bool, pairs: str) -> Impostors:
    kinds = _kinds()
    base, spread = kinds.impostors(kinds.places(first), kinds.places(second), chip)
    return Impostors(float(base), float(spread), _usual()[pairs].excess)


@cache
def _kinds() -> Kinds:
    return Kinds.read(sessions.read("kinds"))


@cache
def _usual() -> dict[str, Impostors]:
    return read_usual(sessions.read("calibration"))
