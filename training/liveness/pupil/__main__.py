"""Trains and weighs layers/models/trained/recapture_pupil.onnx: python -m training.liveness.pupil

Runs after python -m training.liveness, whose network it is weighed with. Writes the network and its card, and leaves in
the list of photos for checking only those from which this network, too, has learnt nothing.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from ...data import DATA
from ...progress import progress
from ..faces import CACHE
from ..held_back import HELD_BACK, digest
from ..photos import LIVE
from ..samples import CHECK, DEVELOP, TRAIN, Dealt, deal
from . import card, shipped
from .answers import answers
from .export import export
from .lessons import lessons
from .network import Pupil
from .teach import teach
from .weights import weigh

LESSONS, STEPS = 96_000, 4800


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    dealt = deal(arguments.data, arguments.threads)
    pupil, taught = _kept() if arguments.keep else _taught(dealt, arguments)
    developed = dealt.rows(np.flatnonzero((dealt.part == DEVELOP) & live(dealt)))
    told = answers(pupil, arguments.data, developed, arguments.threads)
    weights = weigh(told, [photo for photo, _ in developed])
    content = export(pupil, weights)
    shipped.FILE.write_bytes(content)
    rows = checked(dealt)
    checks = answers(pupil, arguments.data, dealt.rows(rows), arguments.threads)
    size = sum(each.numel() for each in pupil.parameters()), len(content)
    photos = [dealt.taken[row] for row in rows]
    card.FILE.write_text(card.write(photos, dealt.subject[rows], checks, taught, weights, size))


def _taught(dealt: Dealt, arguments: argparse.Namespace) -> tuple[Pupil, card.Taught]:
    """The pupil, taught, and what it learnt; an earlier result is reused."""
    taken = dealt.rows(np.flatnonzero(dealt.part == TRAIN))
    learnt = lessons(arguments.data, arguments.teachers, taken, LESSONS, arguments.threads)
    stored, pupil = CACHE / "pupil.pt", Pupil()
    if arguments.again or not stored.exists():
        torch.save(teach(learnt, STEPS, 0, progress("pupil")).state_dict(), stored)
    pupil.load_state_dict(torch.load(stored))
    return pupil.eval(), card.taught(learnt)


def _kept() -> tuple[Pupil, card.Taught]:
    return shipped.read(), card.told(card.FILE.read_text())


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
    parser.add_argument("--keep", action="store_true", help="keep the network that ships, and weigh it anew")
    parser.add_argument("--again", action="store_true", help="train again, ignoring earlier results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
