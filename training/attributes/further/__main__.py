"""Trains the last layer of attributes.onnx and the layers for masks, and measures both: python -m
training.attributes.further

With --measure it only prints the tables. The last layer stays as the file has it, unless --last is given.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from visage.faces.appearance.attributes import QUESTIONS

from ...data import DATA, TRAINED
from ...progress import progress
from .. import labels
from ..chips import CACHE
from ..logistic import sigmoid
from ..samples import COLUMN
from . import card, judge, last, material, pictures
from .crowd import crowd
from .export import export
from .material import SPLITS, Material
from .measured import Checked, Measured
from .shown import as_cropped, joined, shown
from .taught import Lessons, Network
from .upper_layers import ANSWERED

FIRST = CACHE / "first.onnx"


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    data, path, threads = arguments.data, arguments.first, arguments.threads
    faces = material.read(data, threads)
    bare, drawn = pictures.bare(faces), pictures.drawn(faces, data, threads)
    checked = Checked(
        faces,
        shown(bare, path, threads, varied=False),
        shown(pictures.hard(faces, data, threads), path, threads, varied=False),
        as_cropped(crowd(data), path, "crowd"),
    )
    before = last.read(path)
    seen = joined(
        shown(bare, path, threads, varied=True, seed=1),
        shown(drawn, path, threads, varied=True, seed=2),
        shown(bare, path, threads, varied=True, seed=3, far=True),
        shown(drawn, path, threads, varied=True, seed=4, far=True),
    )
    lessons = Lessons.prepared(faces, seen, before.logits(checked.plain.last))
    kept = [judge.kept(faces, seen, split) for split in range(SPLITS)]
    splits = [
        Network(lessons.last(before, each), lessons.upper(path, each, progress(f"split {split + 1}")))
        for split, each in enumerate(kept)
    ]
    ways = {
        "first": ([Network(before)] * SPLITS, False),
        "first, calibrated anew": ([Network(before)] * SPLITS, True),
        "last layer": ([Network(each.last) for each in splits], True),
        "upper layers": (splits, True),
    }
    scaled, tables = zip(*(Measured.of(title, checked, *way) for title, way in ways.items()), strict=True)
    print(*map(card.table, tables), sep="\n\n")
    if arguments.measure:
        return
    mine = ~(faces.held_back | faces.covered)[seen.row]
    layer = lessons.last(before, mine) if arguments.last else last.taught(path)
    network = Network(layer, lessons.upper(path, mine, progress("all")))
    logits = network.logits(checked.plain, faces.unseen | faces.held_back)
    rates = _halves(faces, logits, scaled[-1])
    scales, offsets = _calibration(faces, logits, scaled[-1], np.ones(len(logits), bool))
    columns = [COLUMN[question] for question in ANSWERED]
    upper = network.upper.layers().calibrated(scales[columns], offsets[columns])
    content = export(path, layer.calibrated(scales, offsets) if arguments.last else None, upper)
    (TRAINED / "attributes.onnx").write_bytes(content)
    text = card.write(faces, rates, tables, len(content), len(labels.looked(material.LOOKED)))
    (TRAINED / "attributes.md").write_text(text)
    print(text)


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
    parser.add_argument("--last", action="store_true", help="teach the last layer, too, where the file's would be kept")
    parser.add_argument("--measure", action="store_true", help="only measure; write nothing")
    parser.add_argument("--threads", type=int, default=1, help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    main()
