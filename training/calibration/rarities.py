"""How rare excesses and similarities of different people are: counted as far as pairs suffice, then extrapolated.

Beyond the last counted rate the decades d = -log10(rate) follow a parabola fitted to the counted ones: d grows with the
square of the distance, as in a normal distribution.
"""

import numpy as np

from evaluation.scale import excesses
from visage.faces.recognition.impostors import Kinds, Rarity

from ..features import CHIP, PHOTO
from .accessories import ACCESSORIES
from .people import People

MIXTURE = (0.4, 0.4, 0.15, 0.05)
"""The mixture of different people's pairs that an excess is compared with: random ones of LFW and of UTKFace's adults,
adults alike in sex and origin, and two with the same accessory. The stated rate then lies between the rates of random
and of alike people."""

COUNTED = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 3.75, 4.0)
"""Decades that are counted."""
FITTED = 2.0
"""The tail's parabola is fitted to the counted decades from this one upwards."""
FARTHEST = 40.0
STEPS = 24
"""Knots of the tail."""


def rarity(values: np.ndarray, weights: np.ndarray, least: float) -> Rarity:
    """The rarity of different people's values, each with a weight; `least` is below all of them."""
    order = np.argsort(-values, kind="stable")
    values, passed = values[order].astype(np.float64), np.cumsum(weights[order]) / weights.sum()
    counted = np.array(COUNTED)
    places = values[np.minimum(np.searchsorted(passed, 10**-counted), len(values) - 1)]
    tail = counted >= FITTED
    shift = places[tail] - places[tail][-1]
    # d = end + slope * shift + bend * shift², which passes through the last counted place
    design = np.column_stack([shift, shift**2])[:-1]
    slope, bend = np.linalg.lstsq(design, counted[tail][:-1] - counted[-1], rcond=None)[0]
    if bend <= 0:  # too few pairs to show the curvature
        bend = 0.0
        slope = float(np.linalg.lstsq(design[:, :1], counted[tail][:-1] - counted[-1], rcond=None)[0][0])
    further = np.geomspace(0.25, FARTHEST - counted[-1], STEPS)
    if bend:
        beyond = (np.sqrt(slope**2 + 4 * bend * further) - slope) / (2 * bend)
    else:
        beyond = further / slope
    places = np.concatenate([[least], places, places[-1] + beyond])
    decades = np.concatenate([[1e-4], counted, counted[-1] + further])
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(places)) > 0])
    return Rarity(
        tuple(float(f"{place:.6g}") for place in places[rising]),
        tuple(float(f"{each:.6g}") for each in decades[rising]),
    )


def lines(people: People, kinds: Kinds, other: str = PHOTO) -> tuple[Rarity, Rarity]:
    """How rare excesses and random pairs' similarities are: these people's photos with photos or chip portraits."""
    chip = other == CHIP
    first, second = people.photos, people.views[other]
    excess, similarity = excesses(kinds, first, second, chip), first @ second.T
    random = [pairs(people.lfw), pairs(people.adult)]
    parts = [(excess[each], share) for each, share in zip((*random, alike(people)), MIXTURE, strict=False)]
    if not chip:
        worn = [people.views[name] for name in ACCESSORIES]
        for view in (view[np.isfinite(view[:, 0])] for view in worn):
            covered = excesses(kinds, view, view, chip)
            parts.append((covered[~np.eye(len(view), dtype=bool)], MIXTURE[-1] / len(worn)))
    everything = similarity[random[1]]
    population = rarity(everything[np.isfinite(everything)], np.ones(np.isfinite(everything).sum()), -1.0)
    found = [(values[np.isfinite(values)], share) for values, share in parts]
    weights = [np.full(len(values), share / len(values)) for values, share in found]
    return rarity(np.concatenate([values for values, _ in found]), np.concatenate(weights), -60.0), population


def pairs(members: np.ndarray) -> np.ndarray:
    """bool (n, n): all pairs of two different members; `members` is a mask (n,)."""
    found = np.outer(members, members)
    np.fill_diagonal(found, False)
    return found


def alike(people: People) -> np.ndarray:
    """bool (n, n): pairs of adults of one sex and origin."""
    same = (people.sex[:, None] == people.sex) & (people.origin[:, None] == people.origin)
    return pairs(people.adult) & same
