"""Trains the last layer of attributes.onnx again and measures it: python -m training.attributes.further

With --measure it only prints the tables.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from visage.faces.appearance.attributes import QUESTIONS

from ...data import DATA, TRAINED
from .. import labels
from ..chips import CACHE
from ..logistic import sigmoid
from ..samples import COLUMN
from . import card, first, judge, last, material, teach
from .crowd import crowd
from .export import export
from .material import SPLITS, Material, Shown

FIRST = CACHE / "first.onnx"


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    data, path = arguments.data, arguments.first
    faces = material.read(data, arguments.threads)
    plain, shown, hard = (made(faces, path, data) for made in (material.plain, material.shown, material.hard))
    before = last.read(path)
    targets, weights = material.answers(faces, shown, sigmoid(before.logits(plain.seen)))
    splits = [
        teach.teach(before, shown.seen[kept], targets[kept], weights[kept])
        for kept in (judge.kept(faces, shown, split) for split in range(SPLITS))
    ]
    crowded = first.seen(path, crowd(data))
    scaled, tables = zip(
        *(
            _measured(title, faces, plain, hard, crowded, layers, anew)
            for title, layers, anew in (
                ("first", [before] * SPLITS, False),
                ("first, calibrated anew", [before] * SPLITS, True),
                ("second", splits, True),
            )
        ),
        strict=True,
    )
    print(*tables, sep="\n\n")
    if arguments.measure:
        return
    mine = ~faces.held_back[shown.row]
    layer = teach.teach(before, shown.seen[mine], targets[mine], weights[mine])
    logits = layer.logits(plain.seen)
    rates = _halves(faces, logits, scaled[-1])
    scales, offsets = _calibration(faces, logits, scaled[-1], np.ones(len(logits), bool))
    content = export(path, layer.calibrated(scales, offsets))
    (TRAINED / "attributes.onnx").write_bytes(content)
    text = card.write(faces, rates, tables, len(content), len(labels.looked(material.LOOKED)))
    (TRAINED / "attributes.md").write_text(text)
    print(text)


def _measured(
    title: str, faces: Material, plain: Shown, hard: Shown, crowded: np.ndarray, layers: list[last.Last], anew: bool
) -> tuple[list[judge.Rates], card.Measured]:
    """Each split's calibration, fitted again if `anew`, and its network's accuracy on what it was trained without."""
    column = COLUMN["respirator"]
    logits = np.stack([layer.logits(plain.seen) for layer in layers])
    worn, packed = (np.stack([layer.logits(seen)[:, column] for layer in layers]) for seen in (hard.seen, crowded))
    as_it_was = judge.Rates(np.ones(logits.shape[2]), np.zeros(logits.shape[2]))
    scaled = [judge.calibration(faces, logits, hard, worn, split) if anew else as_it_was for split in range(SPLITS)]

    def masks(split: int, odds: np.ndarray) -> np.ndarray:
        return sigmoid(odds[split] * scaled[split].scales[column] + scaled[split].offsets[column])

    objects = judge.objects(hard, {split: masks(split, worn) for split in range(SPLITS)})
    in_crowd = [int((masks(split, packed) > 0.5).sum()) for split in range(SPLITS)]
    tables = judge.by_split(faces, judge.crossed(faces, logits, scaled))
    return scaled, card.Measured(title, tables, objects, (len(crowded), in_crowd))


def _calibration(
    faces: Material, logits: np.ndarray, scaled: list[judge.Rates], chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Scales and offsets. Of a mask: the mean of the splits, whose networks have not seen all objects. Of the others:
    fitted on `chosen` faces not learnt from; only the questions in `LABELLED` were learnt in the second training."""
    column, nothing = COLUMN["respirator"], np.empty(0)
    taught = judge.Rates.fit(faces, logits, np.flatnonzero(faces.held_back & chosen), nothing)
    rest = judge.Rates.fit(faces, logits, np.flatnonzero(faces.unseen & chosen), nothing)
    new = np.isin(np.arange(len(QUESTIONS)), [COLUMN[question] for question in material.LABELLED])
    scales, offsets = np.where(new, taught.scales, rest.scales), np.where(new, taught.offsets, rest.offsets)
    scales[column], offsets[column] = (
        np.mean([getattr(each, name)[column] for each in scaled]) for name in ("scales", "offsets")
    )
    return scales, offsets


def _halves(faces: Material, logits: np.ndarray, scaled: list[judge.Rates]) -> np.ndarray:
    """Rates (n, QUESTIONS) of the faces held back, each half of the people calibrated on the other; others NaN."""
    rates = np.full((len(logits), len(QUESTIONS)), np.nan)
    for half in (0, 1):
        own = faces.held_back & (faces.half == half)
        scales, offsets = _calibration(faces, logits, scaled, faces.half != half)
        rates[own] = sigmoid(logits[own] * scales + offsets)
    return rates


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.attributes.further", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--first", type=Path, default=FIRST, help="the first network, default: %(default)s")
    parser.add_argument("--measure", action="store_true", help="only measure; write nothing")
    parser.add_argument("--threads", type=int, default=1, help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    main()
