"""`python -m bench.peers DATA`: how often we and other programs are right about the same pairs of LFW, and how long one
look at a photo takes. Writes a table into docs/performance.md.

The pairs of two folds of LFW, of the photos in DATA/lfw_dev. The threshold for a fold is the one that is best on the
other. Each program takes the face in the middle; pairs in which it finds none are left out of its share, and counted.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from bench.clock import milliseconds
from bench.figures import machine
from bench.peers.process import KINDS, Looked, peer
from bench.tables import DOCUMENT
from evaluation.attributes.figures import wilson
from evaluation.collection import Pair, read_pairs
from evaluation.command import prepare
from evaluation.embeddings import Pipeline
from evaluation.metrics import best_cut

FOLDS = (8, 9)
"""1,200 pairs; the recogniser was chosen by the first five folds."""
BEGIN, END = "<!-- python -m bench.peers -->", "<!-- peers: end -->"


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a program made of the pairs."""

    about: str
    similarity: np.ndarray
    """Minus the distance of the embeddings; not a number where a face is missing."""
    missing: int
    """Photos without a face."""
    milliseconds: float
    """Median processor time of a look at a photo."""


def score(look: Callable[[bytes], Looked], about: str, pairs: Sequence[Pair], folder: Path) -> Score:
    files = sorted({file for pair in pairs for file in (pair.first, pair.second)})
    looked: dict[str, Looked] = {}
    for number, file in enumerate(files, 1):
        looked[file] = look((folder / file).read_bytes())
        if number % 200 == 0 or number == len(files):
            print(f"\r{about}: {number} of {len(files)} photos", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    found = {file: each.embedding for file, each in looked.items() if each.embedding is not None}
    similarity = [
        -float(np.linalg.norm(found[pair.first] - found[pair.second]))
        if pair.first in found and pair.second in found
        else np.nan
        for pair in pairs
    ]
    times = median(each.milliseconds for each in looked.values())
    return Score(about, np.array(similarity), len(files) - len(found), times)


def right(similarity: np.ndarray, pairs: Sequence[Pair]) -> np.ndarray:
    """Of each pair with a similarity, whether it is told rightly: bool (n,)."""
    same, fold = np.array([pair.same for pair in pairs]), np.array([pair.fold for pair in pairs])
    known, told = np.isfinite(similarity), np.zeros(len(pairs), bool)
    for left_out in np.unique(fold):
        others, these = known & (fold != left_out), known & (fold == left_out)
        told[these] = (similarity[these] >= best_cut(similarity[others], same[others])) == same[these]
    return told[known]


def _row(found: Score, pairs: Sequence[Pair]) -> str:
    told = right(found.similarity, pairs)
    share = wilson(int(told.sum()), len(told))  # treats pairs as independent
    assert share
    percent = f"**{100 * share.value:.2f}** [{100 * share.low:.2f}, {100 * share.high:.2f}]"
    missing = f"{found.missing}, in {len(pairs) - len(told)} pairs"
    return f"| {found.about} | {percent} | {len(told):,} | {missing} | {found.milliseconds:.0f} ms |"


def _scores(pairs: Sequence[Pair], folder: Path) -> Iterator[Score]:
    yield score(_ours(), "Visage", pairs, folder)
    for name in KINDS:
        with peer(name) as other:
            yield score(other.look, other.about, pairs, folder)


def _ours() -> Callable[[bytes], Looked]:
    pipeline = Pipeline("central")

    def look(photo: bytes) -> Looked:
        faces = []
        taken = milliseconds(lambda: faces.append(pipeline(photo)))
        return Looked(taken, faces[0].vector if faces[0] else None)

    return look


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder of the development images")
    folder = parser.parse_args().data / "lfw_dev"
    prepare()
    pairs = [pair for pair in read_pairs(folder / "pairs.csv") if pair.fold in FOLDS]
    rows = [_row(found, pairs) for found in _scores(pairs, folder)]
    table = "\n".join([
        "| | pairs told rightly, % [95 %] | n | photos without a face | a look at a photo |",
        "|---|---:|---:|---:|---:|",
        *rows,
        "",
        f"{datetime.now(UTC).date()}, {machine()}.",
    ])  # fmt: skip
    print(table)
    before, _mark, rest = DOCUMENT.read_text().partition(BEGIN)
    _old, _mark, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
