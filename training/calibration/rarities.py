"""How rare excesses and similarities of different people are: counted where they can be, and beyond by a tail.

Beyond the last counted rate the decades d = -log10(rate) go on as the parabola through the counted ones: d grows with
the square of the distance, as a normal distribution's does.
"""

import numpy as np

from visage.faces.impostors import Rarity

COUNTED = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 3.75, 4.0)
"""Decades that are counted."""
FITTED = 2.0
"""The tail's parabola is fitted to counted decades from here on."""
FARTHEST = 40.0
STEPS = 24
"""Knots of the tail."""


def rarity(values: np.ndarray, weights: np.ndarray, least: float) -> Rarity:
    """Of values of different people's pairs, each standing for such a share of all; `least` is one that all exceed."""
    order = np.argsort(-values, kind="stable")
    values, passed = values[order].astype(np.float64), np.cumsum(weights[order]) / weights.sum()
    counted = np.array(COUNTED)
    places = values[np.minimum(np.searchsorted(passed, 10**-counted), len(values) - 1)]
    tail = counted >= FITTED
    shift = places[tail] - places[tail][-1]
    # d = end + slope * shift + bend * shift², which passes through the last counted place
    design = np.column_stack([shift, shift**2])[:-1]
    slope, bend = np.linalg.lstsq(design, counted[tail][:-1] - counted[-1], rcond=None)[0]
    if bend <= 0:  # too few pairs to see it bend
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
