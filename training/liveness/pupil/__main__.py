"""Trains and weighs layers/models/trained/recapture_pupil.onnx: python -m training.liveness.pupil

Runs after python -m training.liveness, whose network it is weighed with. Writes the network and its card, and leaves in
the list of photos for checking only those from which this network, too, has learnt nothing.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from ...data import DATA, TRAINED
from ...progress import progress
from ..faces import CACHE
from ..held_back import HELD_BACK, digest
from ..photos import LIVE
from ..samples import CHECK, DEVELOP, TRAIN, Dealt, deal
from . import card, combine
from .export import export
from .lessons import lessons
from .network import Pupil
from .teach import teach

LESSONS, STEPS = 96_000, 4800


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    dealt = deal(arguments.data, arguments.threads)
    learnt = lessons(
        arguments.data,
        arguments.teachers,
        dealt.rows(np.flatnonzero(dealt.part == TRAIN)),
        LESSONS,
        arguments.threads,
    )
    stored, pupil = CACHE / "pupil.pt", Pupil()
    if arguments.again or not stored.exists():
        torch.save(teach(learnt, STEPS, 0, progress("pupil")).state_dict(), stored)
    pupil.load_state_dict(torch.load(stored))
    pupil.eval()
    developed = dealt.rows(np.flatnonzero((dealt.part == DEVELOP) & live(dealt)))
    weights = combine.weigh(
        *combine.answers(pupil, arguments.data, developed, arguments.threads), [photo for photo, _ in developed]
    )
    content = export(pupil, weights)
    (TRAINED / "recapture_pupil.onnx").write_bytes(content)
    rows = checked(dealt)
    rates = weights.rates(*combine.answers(pupil, arguments.data, dealt.rows(rows), arguments.threads))
    size = sum(each.numel() for each in pupil.parameters()), len(content)
    photos = [dealt.taken[row] for row in rows]
    (TRAINED / "recapture_pupil.md").write_text(card.write(photos, dealt.subject[rows], rates, learnt, weights, size))


def live(dealt: Dealt) -> np.ndarray:
    """bool (n,)"""
    return np.array([photo.instrument == LIVE for photo in dealt.taken])


def checked(dealt: Dealt) -> np.ndarray:
    """Rows of people of whom neither network has learnt anything; writes their photos into the list for checking."""
    known = dict(line.split() for line in HELD_BACK.read_text().splitlines())
    names = [digest(photo.file) for photo in dealt.taken]
    rows = [row for row in np.flatnonzero(dealt.part == CHECK) if names[row] in known]
    kept = sorted({f"{names[row]} {known[names[row]]}\n" for row in rows})
    HELD_BACK.write_text("".join(kept))
    return np.array(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.liveness.pupil", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=DATA.parent / "models", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--again", action="store_true", help="train again, ignoring earlier results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
