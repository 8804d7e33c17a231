"""The card of recapture_pupil.onnx: the network, its training data, and the error rates of both networks together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np

from evaluation.liveness.figures import LIVE, Presentations, Row, measure
from visage.faces.imaging.light import LIGHT

from ...data import TRAINED
from ..never_seen import BEGIN, END
from ..photos import FEW, MOTLEY, Photo
from .lessons import VARIANTS, Lessons
from .weights import Answers, Weights

FILE = TRAINED / "recapture_pupil.md"
CUTS = (0.5, 0.9)
_TEXT = """\
# recapture_pupil.onnx

Says, with the rate of [recapture.onnx](recapture.md), whether a picture shows a live face or a picture of one. Made by
`make train-liveness`; training/NOTES.md says how these weights came about.

| | |
|---|---|
| Input | `face`: (N, 3, 80, 80) float32, RGB, 0 to 255; 2.7 times the face's box, read off without averaging |
| | `scene`: (N, 3, 80, 80), the same of 4 times |
| | `first`: (N, 1), the rate of recapture.onnx, 0 to 1 |
| Light | where the face's mean grey is below {light}, all three are of the image brightened to that |
| Output | `rate`: (N, 1), 0 to 1 |
| Network | {weights:.2f} million weights in half precision, {size:.1f} MB |
| Licence | that of the project |

**A pupil.** Two published networks (MiniFASNet, Apache-2.0), one for each crop, answered about {lessons} crops; this
network, of other layers and of weights drawn at random, learnt to answer alike. Nothing of their weights is in it.

**The rate** is the sigmoid of {first:.3f} times the logit of `first`, {pupil:.3f} times the pupil's logit of an attack
(the mean of its two branches) and {offset:+.3f}. Both count alike by how far their answers about live photos spread; no
attack had a say in that. At most 5 % of the live faces of people kept for developing exceed 0.5 and at most 1 % 0.9, of
those photos that the API judges: what would pass but is small or tight it sends to review. The same would hold of those
taken for liveness alone if they were a hundred or more.

**Sources never seen.** Every photo of sets that no weight and no threshold has learnt from. What is "left out" was judged by
two networks taught anew without it (the first with half of the steps, the second with a third of lessons and steps), the
rest by those that ship; the rates were set by other sources' live faces. "own 5 %": APCER where the source's
own live faces set the threshold, as a deployment's do; beside it the same of the two published networks (mean of both),
which teach the second one: what they were trained on their authors do not say, so they may know such sources.
The second table counts apart what is too small or tight to judge: the API sends it to review. By `make accuracy-liveness`.

{begin}
{end}

**Data.** The photos that recapture.onnx learns from. Lessons by set:
{sources}.
A lesson shows a photo as it is, photographed again or recaptured (simulated screens and prints), {variants} times each in
other sizes, light, focus, noise and compression. Terms as there.

**People never seen, cameras and screens like those learnt from**, as ISO/IEC 30107-3 says; 95 % intervals: bootstrap over
subjects, few as they are. This is the easier figure: the one above is what another camera gets. "Judged" are the photos
that are neither small nor tight.

| set | shown | images | subjects | error at 0.5 | error at 0.9 |
|---|---|---|---|---|---|
{checked}

It is one hint among others: ask for movement (interactive liveness) where something depends on it.
"""


@dataclass(frozen=True, slots=True)
class Taught:
    """What the card says of the lessons."""

    lessons: str
    """Their number."""
    sources: str
    """Each set with its number."""


def taught(lessons: Lessons) -> Taught:
    """What a card is to say of these."""
    sets = zip(*(each.tolist() for each in np.unique(lessons.source, return_counts=True)), strict=True)
    return Taught(f"{len(lessons.attack):,}", fill(", ".join(f"{name} {count:,}" for name, count in sets), 118))


def told(text: str) -> Taught:
    """What a card says; ValueError if it does not."""
    found = re.search(r"answered about ([\d,]+) crops.*Lessons by set:\n(.*)\.\nA lesson", text, re.DOTALL)
    if found is None:
        raise ValueError("the card does not say what was learnt")
    return Taught(*found.groups())


def write(
    photos: Sequence[Photo], subject: np.ndarray, answers: Answers, learnt: Taught, weights: Weights, size: tuple[int, int]
) -> str:
    """The card's text: answers about photos of which nothing was learnt; size in weights and in bytes."""
    source, instrument = (np.array([getattr(photo, name) for photo in photos]) for name in ("source", "instrument"))
    shown = Presentations(weights.rates(answers), instrument, subject)
    lines = []
    for name in (MOTLEY, *FEW, None):
        members = source == name if name else ~np.isin(source, (MOTLEY, *FEW))
        name = name or "other sets, live only"
        lines += _lines(name, shown.of(np.flatnonzero(members)))
        if not answers.judged[members].all():
            lines += _lines("– judged", shown.of(np.flatnonzero(members & answers.judged)))
    return _TEXT.format(
        weights=size[0] / 1e6,
        light=LIGHT,
        size=size[1] / 1e6,
        lessons=learnt.lessons,
        variants=VARIANTS,
        first=weights.first,
        pupil=weights.pupil,
        offset=weights.offset,
        begin=BEGIN,
        end=END,
        sources=learnt.sources,
        checked="\n".join(lines),
    )


def _lines(name: str, shown: Presentations) -> Iterator[str]:
    by_cut = [{row.name: row for row in measure(shown, cut)} for cut in CUTS]
    for instrument, row in by_cut[0].items():
        kind = "live (BPCER)" if instrument == LIVE else f"{instrument} (APCER)"
        errors = " | ".join(_error(rows[instrument]) for rows in by_cut)
        yield f"| {name} | {kind} | {row.presentations:,} | {row.subjects:,} | {errors} |"


def _error(row: Row) -> str:
    value, low, high = (f"{100 * share:.1f} %" for share in (row.error.value, row.error.low, row.error.high))
    return value if row.subjects == 1 else f"{value} ({low} – {high})"
