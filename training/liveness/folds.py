"""Both networks, taught anew without a source, in fewer steps: for the figures of cameras that they never saw.

Each fold is a folder like the model layer, so that the shipped code judges by it; what was made once is kept.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from ..progress import progress
from . import fit
from .calibrate import calibrate, development
from .export import export
from .faces import CACHE
from .layer import lay
from .network import untaught
from .photos import FEW, LIVE, MOTLEY
from .pupil.answers import answers
from .pupil.export import export as export_pupil
from .pupil.lessons import VERSION, Lessons, lessons
from .pupil.network import Pupil
from .pupil.teach import teach
from .pupil.weights import Weights, weigh
from .samples import DEVELOP, TRAIN, Dealt, Samples, deal, read

FOLDS = {"celeba_spoof": (MOTLEY,), "screen and video": FEW}
"""Folds → the sets that their networks never saw. People of the last two are partly the same."""
LEGS = ((1800, 0.6),)
"""Of the first network: half of the shipped one's steps."""
LESSONS, STEPS = 24_000, 1600
"""Of the second network: a third of the shipped one's lessons, of all sets together, and of its steps. On sources that
it never saw, more of either brought it nothing (training/NOTES.md)."""


def folds(data: Path, teachers: Path, workers: int) -> dict[str, Path]:
    """Fold → its folder, which is a model layer; makes what is missing, one fold a core."""
    samples, dealt = read(data, workers), deal(data, workers)
    folders = {name: CACHE / "folds" / _key(name, samples) for name in FOLDS}
    missing = [name for name, folder in folders.items() if not folder.exists()]
    if missing:
        torch.set_num_threads(workers)
        fit.seen(untaught(), samples)
        _lessons(data, teachers, dealt, workers)
        with ProcessPoolExecutor(min(workers, len(missing)), get_context("spawn")) as pool:
            for made in [pool.submit(_make, name, folders[name], data, teachers) for name in missing]:
                made.result()
    return folders


def _key(name: str, samples: Samples) -> str:
    key = repr([name, FOLDS[name], samples.key, VERSION, LEGS, LESSONS, STEPS])
    return f"{name.replace(' ', '_')}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _make(name: str, folder: Path, data: Path, teachers: Path) -> None:
    """Teach, weigh and write one fold's networks, on one core."""
    torch.set_num_threads(1)
    sets, unfinished = FOLDS[name], folder.with_suffix(".part")
    unfinished.mkdir(parents=True, exist_ok=True)
    first = _first(name, sets, read(data, 1), unfinished / "first.pt")
    lay(unfinished, {"recapture": first})
    dealt = deal(data, 1)
    pupil = _pupil(name, _lessons(data, teachers, dealt, 1).without(sets), unfinished / "pupil.pt")
    weights = _weighed(pupil, data, dealt, sets, unfinished)
    lay(unfinished, {"recapture": first, "recapture_pupil": export_pupil(pupil, weights)})
    unfinished.rename(folder)


def _first(name: str, sets: Sequence[str], samples: Samples, stored: Path) -> bytes:
    torch.manual_seed(0)
    network = untaught()
    if not stored.exists():
        rows = np.flatnonzero((samples.part == TRAIN) & ~np.isin(samples.source, sets))
        taught = fit.teach(network, samples, rows, LEGS, 0, progress(f"{name}, first"))
        torch.save(taught.state_dict(), stored)
    network.load_state_dict(torch.load(stored))
    rows = development(samples)
    rows = rows[~np.isin(samples.source[rows], sets)]
    calibration = calibrate(fit.logits(network, samples, rows), samples.source[rows])
    return export(network, calibration.scale, calibration.offset)


def _lessons(data: Path, teachers: Path, dealt: Dealt, workers: int) -> Lessons:
    return lessons(data, teachers, dealt.rows(np.flatnonzero(dealt.part == TRAIN)), LESSONS, workers)


def _pupil(name: str, learnt: Lessons, stored: Path) -> Pupil:
    pupil = Pupil()
    if not stored.exists():
        torch.save(teach(learnt, STEPS, 0, progress(f"{name}, pupil")).state_dict(), stored)
    pupil.load_state_dict(torch.load(stored))
    return pupil.eval()


def _weighed(pupil: Pupil, data: Path, dealt: Dealt, sets: Sequence[str], layer: Path) -> Weights:
    """Weighed on the live faces of other sources' people who set thresholds, by the first network of this layer."""
    rows = [
        row
        for row in np.flatnonzero(dealt.part == DEVELOP)
        if dealt.taken[row].instrument == LIVE and dealt.taken[row].source not in sets
    ]
    developed = dealt.rows(np.array(rows))
    return weigh(answers(pupil, data, developed, 1, layer), [photo for photo, _ in developed])
