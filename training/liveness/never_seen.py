"""The table of sources that no network has learnt from, and where the card shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.liveness.figures import LIVE, Presentations, Row, measure, trade_off

from .calibrate import ANCHORS
from .photos import Photo

BPCER = 0.05
REVIEW = ANCHORS[BPCER]
"""The rate from which photos are refused, or looked at by a person."""
BEGIN, END = "<!-- sources never seen -->", "<!-- end -->"
"""What stands around the table in the card."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A set, judged by networks that have learnt nothing from it."""

    name: str
    photos: Sequence[Photo]
    judged: np.ndarray
    """float (n, 3): the networks' rate, the published pair's score, and whether the photo is judgeable; of photos
    without a face, which are blocked, the first two are NaN."""


def table(judged: Sequence[Source]) -> Iterator[str]:
    """Markdown: the worst source first. Photos without a face are not counted.

    "own 5 %" and the pair's figure are APCER at the threshold that the source's own live faces give for a BPCER of 5 %.
    """
    yield "| source, never seen | shown | images / people | error at 50 | interval | at 90 | own 5 % | published pair |"
    yield "|---|---|---|---|---|---|---|---|"
    blocks = []
    for source in judged:
        rate, pair, _ = source.judged.T
        low, high = (measure(_presentations(source, rate), cut) for cut in ANCHORS.values())
        own, theirs = (trade_off(_presentations(source, scores), (BPCER,))[BPCER] for scores in (rate, pair))
        blocks.append((low[0].error.value, _lines(source.name, low, high, own, theirs)))
    for _, block in sorted(blocks, key=lambda each: -each[0]):
        yield from block
    yield ""
    yield "| source | without a face | too small or tight to judge | the rest: passes (APCER) | refused (BPCER) |"
    yield "|---|---|---|---|---|"
    for source in judged:
        shown = ~np.isnan(source.judged[:, 0])
        judgeable = shown & (source.judged[:, 2] == 1)
        counts = f"{(~shown).sum()} | {(shown & ~judgeable).sum()} of {len(shown)}"
        yield f"| {source.name} | {counts} | {' | '.join(_rest(source, judgeable))} |"


def _rest(source: Source, judgeable: np.ndarray) -> Iterator[str]:
    """The worst APCER and the BPCER of the photos that can be judged."""
    rows = measure(_presentations(source, np.where(judgeable, source.judged[:, 0], np.nan)), REVIEW)
    for alive in (False, True):
        row = next((row for row in rows if (row.name == LIVE) == alive), None)
        yield f"{100 * row.error.value:.1f} % of {row.presentations:,} / {row.subjects:,}" if row else "none"


def _presentations(source: Source, scores: np.ndarray) -> Presentations:
    """Of the photos with a face."""
    rows = np.flatnonzero(~np.isnan(scores))
    shown = [source.photos[row] for row in rows]
    instrument, subject = (np.array([getattr(photo, name) for photo in shown]) for name in ("instrument", "subject"))
    return Presentations(scores[rows], instrument, subject)


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
            f"| {name} | {kind} | {sample} | {100 * error.value:.1f} % | {interval}"
            f" | {100 * at_high[row.name].error.value:.1f} % |{others}"
        )
    return lines
