"""How often different people like those of a pair are as similar as the pair: its false match rate.

Strangers are not equally unlike: small children, people in masks, or women of an origin that the network saw little of
are told apart less well, and one threshold for all would let far more of their pairs pass. So a pair's rate is that
of impostors like the pair. Kinds are what embeddings share over many people, learnt without labels of sex, origin or
age; what covers a face (a mask, sunglasses, thick frames) has directions of its own.

A pair's rate is never taken to be lower than that of random pairs of the population: who differs in kind from the
other is not let in by a lower similarity.
"""

import io
import json
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache

import numpy as np

from .. import sessions


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
    """float32 (128,)"""
    axes: np.ndarray
    """float32 (128, k): what accessories change, and the directions along which people differ most."""
    reach: np.ndarray
    """float32 (k,): as far from 0 faces lie along the axes; farther ones are treated like these."""
    centres: np.ndarray
    """float32 (m, k): the places of the kinds."""
    sharpness: np.ndarray
    """float32 (): how quickly a face belongs less to a kind that is further away."""
    constant: np.ndarray
    """float32 (2,): for pairs of photos, and of a photo and a chip portrait."""
    shared: np.ndarray
    """float32 (2, m): what it counts that both faces are of a kind."""
    own: np.ndarray
    """float32 (2, 2, m): what it counts that either side's face is."""
    linear: np.ndarray
    """float32 (2, 2, k): what either side's place counts."""
    square: np.ndarray
    """float32 (2, 2, k)"""
    spread: np.ndarray
    """float32 (2, m): the logarithm of the spread between two faces of each kind."""

    @classmethod
    def read(cls, content: bytes) -> "Kinds":
        """From an .npz file's bytes."""
        with np.load(io.BytesIO(content)) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def places(self, embeddings: np.ndarray) -> np.ndarray:
        """Where embeddings (..., 128) lie among the kinds: (..., k)."""
        return np.clip((embeddings - self.mean) @ self.axes, -self.reach, self.reach)

    def shares(self, places: np.ndarray) -> np.ndarray:
        """How far faces at places (..., k) belong to each kind: (..., m), together 1."""
        near = places @ self.centres.T - (self.centres**2).sum(axis=-1) / 2
        grown = np.exp(self.sharpness * (near - near.max(axis=-1, keepdims=True)))
        return grown / grown.sum(axis=-1, keepdims=True)

    def crowding(self, places: np.ndarray, shares: np.ndarray, row: int, side: int) -> np.ndarray:
        """How alike others are to faces at these places, on one side of pairs of one type: (...,)."""
        placed = places @ self.linear[row, side] + places**2 @ self.square[row, side]
        return placed + shares @ self.own[row, side]

    def impostors(self, first: np.ndarray, second: np.ndarray, chip: bool) -> tuple[np.ndarray, np.ndarray]:
        """Base and spread of the similarities of different people at two places (..., k), the chip's second.

        One in a hundred of them reaches the base, and these exceed it by the spread in the mean. With x and y the
        places and r and s how far they belong to each kind, the base is c + (h(x) + h'(y)) / 2 + b·(r∘s),
        h(x) = l·x + q·x² + o·r, and the spread is exp(d·(r + s) / 2). People in crowded places (h) are more alike, and
        people of the same kind (b).
        """
        row = int(chip)
        shares = [self.shares(place) for place in (first, second)]
        crowding = sum(
            self.crowding(place, share, row, side)
            for side, (place, share) in enumerate(zip((first, second), shares, strict=True))
        )
        base = self.constant[row] + crowding / 2 + (shares[0] * shares[1]) @ self.shared[row]
        return base, np.exp((shares[0] + shares[1]) @ self.spread[row] / 2)


@dataclass(frozen=True, slots=True)
class Rarity:
    """How rare something is: knots of a line that rises strictly, and goes on as it began and ended."""

    places: tuple[float, ...]
    decades: tuple[float, ...]
    """-log10 of the share of different people who reach each place."""

    def at(self, place: np.ndarray | float) -> np.ndarray:
        """The decades at places of any shape, 0 or more."""
        inside = np.interp(place, self.places, self.decades)
        (first, second), (last, end) = self.places[:2], self.places[-2:]
        before = (self.decades[1] - self.decades[0]) / (second - first)
        after = (self.decades[-1] - self.decades[-2]) / (end - last)
        beyond = np.minimum(place - first, 0) * before + np.maximum(place - end, 0) * after
        return np.maximum(inside + beyond, 0)


@dataclass(frozen=True, slots=True)
class Impostors:
    """Different people like those of a pair."""

    base: float
    spread: float
    excess: Rarity
    """Of so many spreads above the base."""
    population: Rarity
    """Of a similarity, among random pairs."""

    def decades(self, similarity: float) -> float:
        """-log10 of the false match rate at a similarity."""
        return float(min(self.excess.at((similarity - self.base) / self.spread), self.population.at(similarity)))


def impostors(first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS) -> Impostors:
    """Of two embeddings (128,) from pictures of these types, of which one at least is a photo."""
    base, spread, excess, population = _like(first, second, types)
    return Impostors(float(base), float(spread), excess, population)


def decades(first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS) -> np.ndarray:
    """-log10 of the false match rates of pairs of embeddings (n, 128): (n,)."""
    base, spread, excess, population = _like(first, second, types)
    similarity = np.einsum("nd,nd->n", first, second)
    return np.minimum(excess.at((similarity - base) / spread), population.at(similarity))


def _like(
    first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType]
) -> tuple[np.ndarray, np.ndarray, Rarity, Rarity]:
    chip = ImageType.CHIP in types
    photo, other = (second, first) if types[0] is ImageType.CHIP else (first, second)
    kinds = _kinds()
    rarities = _rarities()["FacePic-IDPic" if chip else "FacePic-FacePic"]
    return *kinds.impostors(kinds.places(photo), kinds.places(other), chip), *rarities


def shipped() -> tuple[Kinds, tuple[Rarity, Rarity]]:
    """What pairs of photos are judged by: the kinds, and how rare excesses and random pairs' similarities are."""
    return _kinds(), _rarities()["FacePic-FacePic"]


def read_rarities(content: bytes) -> dict[str, tuple[Rarity, Rarity]]:
    """By the type of pairs, how rare excesses are and similarities of random pairs, from calibration.json."""
    return {
        name: tuple(Rarity(tuple(entry[part]["places"]), tuple(entry[part]["decades"])) for part in _PARTS)
        for name, entry in json.loads(content)["pairs"].items()
    }


_PARTS = ("excess", "population")


@cache
def _kinds() -> Kinds:
    return Kinds.read(sessions.read("kinds"))


@cache
def _rarities() -> dict[str, tuple[Rarity, Rarity]]:
    return read_rarities(sessions.read("calibration"))
