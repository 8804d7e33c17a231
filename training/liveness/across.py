"""What the shipped networks find in sources that they never saw: python -m training.liveness.across

Judges all photos of the sets that no network has learnt from, at the rates that other sources' live faces have set, and
compares with two published networks. What was judged once is kept in .build/liveness. With --card the table goes into
the network's card as well.
"""

import argparse
import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from evaluation.liveness.figures import LIVE, Presentations, Row, measure, trade_off
from visage.faces import sessions
from visage.faces.appearance.recapture import recapture, unjudgeable
from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.light import LIGHT

from ..data import DATA, TRAINED, load
from . import teachers
from .calibrate import ANCHORS
from .faces import CACHE
from .photos import MOTLEY, UNSEEN, Photo, unseen

BPCER = 0.05
NO_FACE = np.nan
CARD = TRAINED / "recapture_pupil.md"
BEGIN, END = "<!-- sources never seen -->", "<!-- end -->"
"""What stands around the table in the card."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.liveness.across",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=DATA.parent / "models", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--card", action="store_true", help="write the table into the card as well")
    arguments = parser.parse_args()
    photos = unseen(arguments.data)
    judged = _judged(photos, arguments.data, arguments.teachers, arguments.threads)
    lines = "\n".join(table(photos, judged))
    print(lines)
    if arguments.card:
        before, _, after = CARD.read_text().partition(BEGIN)
        CARD.write_text(f"{before}{BEGIN}\n{lines}\n{END}{after.partition(END)[2]}")


def table(photos: Sequence[Photo], judged: np.ndarray) -> Iterator[str]:
    """Markdown, of rows (n, 3): the network's rate, the published pair's score, and whether the photo is judgeable.

    The worst source comes first. Photos without a face, whose rate is NaN, are blocked and not counted. "own 5 %" and
    the pair's figure are APCER at the threshold that the source's own live faces give for a BPCER of 5 %.
    """
    source, instrument, subject = (
        np.array([getattr(photo, name) for photo in photos]) for name in ("source", "instrument", "subject")
    )
    rate, pair, judgeable = judged.T
    shown = ~np.isnan(rate)

    def presentations(scores: np.ndarray, rows: np.ndarray) -> Presentations:
        return Presentations(scores[rows], instrument[rows], subject[rows])

    yield "| source, never seen | shown | images / people | error at 50 | interval | at 90 | own 5 % | published pair |"
    yield "|---|---|---|---|---|---|---|---|"
    blocks = []
    for name in UNSEEN:
        rows = np.flatnonzero(shown & (source == name))
        low, high = (measure(presentations(rate, rows), cut) for cut in ANCHORS.values())
        own, theirs = (trade_off(presentations(scores, rows), (BPCER,))[BPCER] for scores in (rate, pair))
        blocks.append((low[0].error.value, _lines(name, low, high, own, theirs)))
    for _, block in sorted(blocks, key=lambda each: -each[0]):
        yield from block
    yield ""
    yield "| source | without a face | too small or tight to judge |"
    yield "|---|---|---|"
    for name in UNSEEN:
        rows = source == name
        refused = rows & shown & (judgeable == 0)
        yield f"| {_short(name)} | {(rows & ~shown).sum()} | {refused.sum()} of {rows.sum()} |"


def _lines(name: str, low: Sequence[Row], high: Sequence[Row], own: float, theirs: float) -> list[str]:
    lines = []
    at_high = {row.name: row for row in high}
    for row in low:
        live = row.name == LIVE
        kind = "live, refused (BPCER)" if live else f"{row.name}, passes (APCER)"
        error = row.error
        interval = f"{100 * error.low:.1f} – {100 * error.high:.1f} %" if row.subjects > 1 else "one person"
        others = " | |" if live else f" {100 * own:.1f} % | {100 * theirs:.1f} % |"
        sample = f"{row.presentations:,} / {row.subjects:,}"
        lines.append(
            f"| {_short(name)} | {kind} | {sample} | {100 * error.value:.1f} % | {interval}"
            f" | {100 * at_high[row.name].error.value:.1f} % |{others}"
        )
    return lines


def _short(name: str) -> str:
    return name.removeprefix("liveness/") + (", whose cameras it saw" if name.startswith(MOTLEY) else "")


def _judged(photos: Sequence[Photo], data: Path, folder: Path, workers: int) -> np.ndarray:
    networks = map(sessions.sha256, ("recapture", "recapture_pupil", "centerface"))
    names = [*networks, str(LIGHT), *(photo.file for photo in photos)]
    stored = CACHE / f"unseen-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:16]}.npy"
    if not stored.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(workers) as pool:
            np.save(stored, np.array(list(pool.map(partial(_judge, data, folder), photos, chunksize=8))))
    return np.load(stored)


def _judge(data: Path, folder: Path, photo: Photo) -> tuple[float, float, float]:
    image = load(data / photo.file)
    face = detect_largest(image)
    if face is None:
        return NO_FACE, NO_FACE, 0.0
    judgeable = unjudgeable(image.shape, face.box) is None
    return recapture(image, face), teachers.attack(image, face, folder), float(judgeable)


if __name__ == "__main__":
    main()
