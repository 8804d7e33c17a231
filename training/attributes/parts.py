"""Measures of hat, hair and glasses from the map of a face's parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visage.faces.imaging.align import levelling
from visage.faces.imaging.geometry import apply, invert
from visage.faces.types import Face

from .chips import ROOM, ROOM_SHARE, Chips
from .teachers import PARSED, PARSED_SHARE, Opinions, lifted

SKIN, GLASSES, HAIR, HAT = 1, 6, 17, 18


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """One row per face, float64 (n,); areas in squares of the box's side."""

    hat: np.ndarray
    hair: np.ndarray
    top: np.ndarray
    """Area of hair above the forehead."""
    fringe: np.ndarray
    """Share of hair in the middle of the forehead."""
    below: np.ndarray
    """Area of hair below the mouth."""
    glasses: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence["Measures"]) -> "Measures":
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Hat:
    """A hat cut out of a face's chip; all chips have the face at the same position and size."""

    pixels: np.ndarray
    """uint8 (ROOM, ROOM, 3)"""
    cover: np.ndarray
    """float32 (ROOM, ROOM), 0–1"""


def measure(chips: Chips, opinions: Opinions) -> Measures:
    return Measures(*np.array([_measure(chips.face(row), parts) for row, parts in enumerate(opinions.parts)]).T)


def _measure(face: Face, parts: np.ndarray) -> tuple[float, ...]:
    points = apply(levelling(lifted(face), PARSED_SHARE, PARSED), face.points.astype(np.float64))
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    long = max(mouth[1] - eyes[1], PARSED / 14)
    y, x = np.mgrid[:PARSED, :PARSED]
    x, y = (x - (eyes[0] + mouth[0]) / 2) / long, (y - eyes[1]) / long
    hair, square = parts == HAIR, (PARSED / PARSED_SHARE) ** 2
    forehead = (np.abs(x) < 0.55) & (y < -0.35) & (y > -0.85)
    covered, bare = np.sum(hair & forehead), np.sum((parts == SKIN) & forehead)
    return (
        np.sum(parts == HAT) / square,
        np.sum(hair) / square,
        np.sum(hair & (y < -0.9)) / square,
        covered / max(1, covered + bare),
        np.sum(hair & (y > 1.45)) / square,
        np.sum(parts == GLASSES) / square,
    )


def cover(face: Face, parts: np.ndarray, part: int) -> np.ndarray:
    """Coverage of this part in the face's chip: float32 (ROOM, ROOM), 0 or 1."""
    to_chip, to_parts = levelling(face, ROOM_SHARE, ROOM), levelling(lifted(face), PARSED_SHARE, PARSED)
    y, x = np.mgrid[:ROOM, :ROOM] + 0.5
    places = apply(to_parts, apply(invert(to_chip), np.stack([x, y], axis=-1)))
    column, row = np.clip(places.astype(int), 0, PARSED - 1).transpose(2, 0, 1)
    return (parts[row, column] == part).astype(np.float32)
