"""Measures a last layer on people, sets and kinds of objects that it was trained without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.attributes.figures import balanced, reliability, wilson
from evaluation.figures import Estimate

from ..calibrate import HARD, platt
from ..logistic import sigmoid
from ..samples import COLUMN
from .drawn.kinds import KINDS, LEFT_OUT
from .material import SPLITS, Material
from .shown import Shown

OBJECTS = 40.0
"""The weight of all drawn objects together in the calibration of masks, in faces."""
SETS_OUT = (("celeba",), ("ffhq",), ("lfw_single", "lfw_dev"))
"""The sets that the second teaching leaves out, by split."""
QUESTIONS = ("respirator", "glasses", "sunglasses", "hat", "smile", "mustache", "bang", "bald")


def left_out(material: Material, split: int) -> np.ndarray:
    """bool (n,): faces for checking: unseen people of the split, and all unseen people of the split's sets."""
    return material.unseen & ((material.split == split) | np.isin(material.sets, SETS_OUT[split]))


def kept(material: Material, shown: Shown, split: int) -> np.ndarray:
    """bool (n,): pictures that the split's network learns from; real covered mouths are for checking only."""
    person = material.unseen & (material.split == split)
    out = person | np.isin(material.sets, SETS_OUT[split])
    return ~(out | material.covered)[shown.row] & ~np.isin(shown.kind, LEFT_OUT[split])


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Calibrated rates (n, QUESTIONS) of the network's questions; `sunglasses` given glasses."""

    scales: np.ndarray
    offsets: np.ndarray

    @classmethod
    def fit(cls, material: Material, logits: np.ndarray, rows: np.ndarray, objects: np.ndarray) -> "Rates":
        """Fit by Platt's method on these faces; `objects` (m,): logits of a mask where an object hides the mouth."""
        scales, offsets = np.ones(logits.shape[1]), np.zeros(logits.shape[1])
        for column in COLUMN.values():
            known = rows[~np.isnan(material.targets[rows, column])]
            if not known.size:
                continue
            trust = np.where(material.looked[known, column], HARD, 1.0)
            answers, odds = material.targets[known, column].astype(float), logits[known, column]
            if column == COLUMN["respirator"]:
                odds, answers = np.append(odds, objects), np.append(answers, np.zeros(len(objects)))
                trust = np.append(trust, np.full(len(objects), OBJECTS / max(1, len(objects))))
            scales[column], offsets[column] = platt(odds, answers, trust)
        return cls(scales, offsets)

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        return sigmoid(logits * self.scales + self.offsets)


@dataclass(frozen=True, slots=True)
class Figure:
    """One question on some faces."""

    yes: int
    no: int
    found: Estimate | None
    spared: Estimate | None
    both: Estimate | None
    error: float
    """Expected calibration error."""


def figures(material: Material, rates: np.ndarray, rows: np.ndarray) -> dict[str, Figure]:
    """Question → its figure on these faces; `sunglasses` against clear ones and none."""
    return {question: _figure(*_asked(material, rates, rows, question)) for question in QUESTIONS}


def by_split(material: Material, rates: np.ndarray) -> dict[str, list[dict[str, Figure]]]:
    """For the sets' labels, and for faces chosen because they are hard: question → figure, for each split.

    `rates` (SPLITS, n, QUESTIONS): see `crossed`.
    """
    kinds = {"labels of the sets": ~material.looked, "hard faces": material.looked}
    return {
        name: [
            figures(material, np.where(of, rates[split], np.nan), np.flatnonzero(left_out(material, split)))
            for split in range(SPLITS)
        ]
        for name, of in kinds.items()
    }


def _asked(material: Material, rates: np.ndarray, rows: np.ndarray, question: str) -> tuple[np.ndarray, np.ndarray]:
    truth, rate = material.targets[rows, COLUMN[question]], rates[rows, COLUMN[question]]
    if question == "sunglasses":
        glasses = material.targets[rows, COLUMN["glasses"]]
        truth = np.where(glasses == 0, 0.0, truth)
        rate = rate * rates[rows, COLUMN["glasses"]]
    known = ~np.isnan(truth) & ~np.isnan(rate)
    return truth[known] > 0.5, rate[known]


def _figure(truth: np.ndarray, rate: np.ndarray) -> Figure:
    yes, no = int(truth.sum()), int((~truth).sum())
    found = wilson(int((rate[truth] > 0.5).sum()), yes)
    spared = wilson(int((rate[~truth] <= 0.5).sum()), no)
    error = reliability("", np.maximum(rate, 1 - rate), (rate > 0.5) == truth).error if truth.size else 0.0
    return Figure(yes, no, found, spared, balanced(found, spared), error)


def calibration(material: Material, logits: np.ndarray, hard: Shown, worn: np.ndarray, split: int) -> Rates:
    """The calibration of a split's network, fitted on other splits' answers about people and objects unseen by them.

    `logits` (SPLITS, n, QUESTIONS), and `worn` (SPLITS, m), those of a mask on the `hard` pictures: by split.
    """
    own = logits[material.split, np.arange(len(material.split))]
    of = material.split[hard.row]
    seen = worn[of, np.arange(len(of))][of != split]
    return Rates.fit(material, own, np.flatnonzero(material.unseen & (material.split != split)), seen)


def crossed(material: Material, logits: np.ndarray, rates: Sequence[Rates]) -> np.ndarray:
    """Rates of each split's faces (SPLITS, n, QUESTIONS); others NaN."""
    found = np.full(logits.shape, np.nan)
    for split in range(SPLITS):
        rows = np.flatnonzero(left_out(material, split))
        found[split, rows] = rates[split](logits[split, rows])
    return found


def objects(shown: Shown, worn: Mapping[int, np.ndarray]) -> dict[str, tuple[int, int]]:
    """Kind → pictures, and how many of them are called masks; `worn`: by split, the rate of a mask on each picture."""
    told = {kind: split for split, kinds in enumerate(LEFT_OUT) for kind in kinds}
    rows = {kind: shown.kind == kind for kind in KINDS}
    return {kind: (int(of.sum()), int((worn[told[kind]][of] > 0.5).sum())) for kind, of in rows.items()}
