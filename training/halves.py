"""People of whom nothing was learnt, seen through what was learnt of others."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visage.faces.embed import fuse
from visage.faces.impostors import Kinds

from . import features
from .fit_projection import Taught, cross_fit
from .impostors import Crowd, crowds, excesses, fit, kind_of

TYPES = ("FacePic-FacePic", "FacePic-IDPic", "search")
"""Pairs of photos, photos and chip portraits, and pairs of which a search knows the probe alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """People of whom nothing was learnt, seen through what was learnt of the others."""

    kinds: Kinds
    seen: Crowd
    """LFW's."""
    others: Crowd
    """UTKFace's."""
    kind: np.ndarray
    """int (n,): the kind of each of UTKFace's."""
    rows: np.ndarray
    """int (n,): which of UTKFace's images they are."""
    people: np.ndarray
    """int (m,): who LFW's are."""
    number: int
    """Of the protocol's half."""
    vectors: np.ndarray
    """All of LFW's images, float32 (images, 256)."""
    chips: np.ndarray

    def table(self, crowd: Crowd, kind: str) -> np.ndarray:
        """Excesses (n, n) of a crowd's people among themselves, in pairs of one of `TYPES`."""
        if kind == "search":
            return search_excesses(self.kinds, crowd.photos)
        chip = kind == "FacePic-IDPic"
        return excesses(self.kinds, crowd.photos, crowd.chips if chip else crowd.photos, chip)


def search_excesses(kinds: Kinds, vectors: np.ndarray) -> np.ndarray:
    """(n, n): a search knows the probe's place alone, and expects others there."""
    places = kinds.places(vectors)
    base, spread = kinds.impostors(places, places, chip=False)
    return (vectors @ vectors.T - base[:, None]) / spread[:, None]


def halves(taught: Taught, data: Path) -> list[Half]:
    """The halves that projections are cross-fitted on: kinds are learnt on the same people."""
    protocol, seen, chips = taught.protocol, taught.seen, features.lfw_chips(data)
    people = np.flatnonzero(taught.side >= 0)
    side, projections = taught.side[people], cross_fit(taught)
    row_of = {file: row for row, file in enumerate(chips.files)}
    chip_rows = [row_of.get(file, -1) for file in seen.files]
    found = []
    for half, (known, unknown) in enumerate(crowds(data, projections)):
        kinds, centres = fit(Crowd.of(known[protocol.half != half], unknown[side != half]))
        held = unknown[side == half]
        chipped = fuse(chips.dlib, chips.faceres, projections[half])
        found.append(
            Half(
                kinds=kinds,
                seen=known[protocol.half == half],
                others=held,
                kind=kind_of((held.photos - kinds.mean) @ kinds.axes, centres),
                rows=people[side == half],
                people=np.flatnonzero(protocol.half == half),
                number=half,
                vectors=fuse(seen.dlib, seen.faceres, projections[half]),
                chips=np.append(chipped, np.full((1, chipped.shape[1]), np.nan), axis=0)[chip_rows],
            )
        )
    return found
