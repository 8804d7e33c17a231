"""The card of recapture.onnx: the network, its training data, and its error rates."""

from collections import Counter
from collections.abc import Iterator, Mapping
from textwrap import fill

import numpy as np

from evaluation.liveness.figures import LIVE, Presentations, Row, measure
from visage.faces.appearance.recapture import OUTSIDE, VIEWS

from .calibrate import ANCHORS, development, limit
from .photos import CROWDS, MADE_FOR_LIVENESS
from .samples import CHECK, DEVELOP, SHOTS, TRAIN, Samples

TIME = "2.4 ms, and 2 to 4 ms to cut both squares out"
"""Measured on one core of a two-core machine."""
RATES = (10, 30, 50, 70, 90, 97)
_TEXT = """\
# recapture.onnx

Says whether a picture shows a live face or a picture of one: on a screen, on paper. Made by `make train-liveness`;
training/NOTES.md says how these weights came about.

| | |
|---|---|
| Input | `near`: (N, 3, {near.side}, {near.side}) float32, RGB, 0 to 255; level, {near.share:g} times the box's longer side |
| | `wide`: (N, 3, {wide.side}, {wide.side}), the same of {wide.share:g} times |
| Output | `rate`: (N, 1), 0 to 1 |
| Network | {weights:.2f} million weights in half precision, {size:.1f} MB |
| Time, one core | {time} |
| Licence | that of the project; first weights: MIT, npm package @vladmandic/human 3.3.6 (HSE-FaceRes) |

**Alone.** All figures below are of this network alone. What ships weighs its rate with the answer of a second one:
[recapture_pupil.md](recapture_pupil.md) has the figures of both together, of sources never seen first.

One trunk, the first eleven blocks of `faceres`'s MobileNet taught further, looks at both squares; mean and spread of
its fifth block's maps (texture) and the mean of its last ones (contents) decide through one hidden layer. Neither
square is squeezed; beyond the image's edges they hold {outside}.

**The rate.** A rate of 0.5 is exceeded by at most {low} and one of 0.9 by at most {high} of the live faces of people
kept for developing: of all of them, and of those alone that were taken for liveness. In the API it is 0–100;
`LivenessReview` and `LivenessBlock` are 50 and 90 unless the deployment says otherwise.

**Data.** {learnt:,} faces to learn from, {developed:,} to set thresholds on, {checked:,} to check:
{sets}.
Further {simulated:,} pictures were simulated: photos shown on screens (grid of pixels, moiré, bands, bezel, hands, glare) or
printed (inks, raster, grain, folds, borders, cut out), photographed again; and both kinds only photographed again, so
that blur, noise, size or JPEG alone mean nothing. CelebA-Spoof, CelebA, FFHQ's labels: non-commercial research; LFW,
UTKFace, WIDER: research; replays, videos and masks: photos of public repositories. No teacher's answers were learnt.

**Measured** as ISO/IEC 30107-3 says, on people of whom nothing was learnt; 95 % intervals: bootstrap over subjects, few
as they are. An instrument "mixed" is CelebA-Spoof's: prints, cut-outs, masks of paper, phones, tablets, screens; its
crops are cut tight and squeezed, so that their surroundings are missing. Images without a face are blocked and not
counted: {faceless}.

{main}

Nothing was learnt of the people who set the thresholds either, and nothing set by attacks on them:

{developers}

The same, by what the rate cuts, on all live faces and attacks of the sets made for liveness:

| rate above | BPCER | APCER, worst |
|---|---|---|
{rates}

**Two small published networks** (MiniFASNet, 2.7 and 4.0 boxes, mean of both) on the same images, at the threshold that
the same development people give for the same BPCER:

{teachers}

**What beats it.** Photos from cameras and screens unlike those it saw: the other card has them. A large good screen or a
matt print that fills the picture, without edges, moiré or gloss, in particular once the picture has been reduced or
compressed. Masks worn on the face were hardly among its examples, and no masks of silicone or resin. Heavily processed
live photos (strong moiré of clothes, scans of prints, photos of a face behind glass) are taken for recaptures.

**Whom it refuses.** Webcams unlike those it saw, and small or poor pictures: {crowd} of {crowds} checked faces of
group photos (from 40 px on), and of live photos taken again by the simulated camera the share above.

It is one hint among others: ask for movement (interactive liveness) where something depends on it.
"""


def write(samples: Samples, rates: np.ndarray, asked: np.ndarray, size: int, weights: int) -> str:
    """The card's text.

    `rates`: 0–1 by the shipped network, NaN for training data. `asked`: the teachers' answers, 0–1.
    """
    parts = Counter(samples.part[~samples.simulated].tolist())
    sets = Counter(samples.source[~samples.simulated].tolist())
    check = (samples.part == CHECK) & ~samples.simulated
    liveness = check & np.isin(samples.source, MADE_FOR_LIVENESS)
    low, high = ANCHORS
    developed = development(samples)
    cut = limit(asked[developed], samples.source[developed], low)
    attacks = (samples.part == DEVELOP) & samples.attack & ~samples.simulated
    crowd = rates[check & (samples.source == CROWDS)]
    return _TEXT.format(
        crowd=_percent(float((crowd > ANCHORS[low]).mean()), 0),
        crowds=len(crowd),
        near=VIEWS[0],
        wide=VIEWS[1],
        outside=", ".join(map(str, OUTSIDE)),
        weights=weights / 1e6,
        size=size / 1e6,
        time=TIME,
        low=_percent(low, 0),
        high=_percent(high, 0),
        learnt=parts[TRAIN],
        developed=parts[DEVELOP],
        checked=parts[CHECK],
        sets=fill(", ".join(f"{name} {count:,}" for name, count in sets.items()), 118),
        simulated=sum(SHOTS.values()),
        faceless="; ".join(f"{name} {count}" for name, count in samples.faceless.items()),
        main="\n".join(_table(samples, rates, check, {"0.5": 0.5, "0.9": 0.9})),
        developers="\n".join(_table(samples, rates, attacks, {"0.5": 0.5, "0.9": 0.9}, simulated=False)),
        rates="\n".join(_cuts(samples, rates, liveness)),
        teachers="\n".join(_table(samples, asked, check, {"BPCER 5 %": cut, "its own, 0.5": 0.5})),
    )


def _table(
    samples: Samples, rates: np.ndarray, rows: np.ndarray, cuts: Mapping[str, float], *, simulated: bool = True
) -> Iterator[str]:
    """The rows' errors: of each set, of each instrument among those made for liveness, and of the simulated ones."""
    yield f"| set | shown | images | subjects | {' | '.join(f'error at {name}' for name in cuts)} |"
    yield f"|---|---|---|---|{'---|' * len(cuts)}"
    groups = {"all sets made for liveness": rows & np.isin(samples.source, MADE_FOR_LIVENESS)}
    groups |= {name: rows & (samples.source == name) for name in MADE_FOR_LIVENESS}
    groups["other sets, live only"] = rows & ~np.isin(samples.source, MADE_FOR_LIVENESS)
    if simulated:
        groups["simulated"] = (samples.part == CHECK) & samples.simulated & (samples.instrument != "mixed")
    for name, members in groups.items():
        yield from _lines(name, samples, rates, members & ~np.isnan(rates), cuts)


def _lines(
    name: str, samples: Samples, rates: np.ndarray, rows: np.ndarray, cuts: Mapping[str, float]
) -> Iterator[str]:
    if rows.any():
        shown = presentations(samples, rates, np.flatnonzero(rows))
        by_cut = [{row.name: row for row in measure(shown, cut)} for cut in cuts.values()]
        for instrument, row in by_cut[0].items():
            kind = "live (BPCER)" if instrument == LIVE else f"{instrument} (APCER)"
            errors = " | ".join(_error(each[instrument]) for each in by_cut)
            yield f"| {name} | {kind} | {row.presentations:,} | {row.subjects:,} | {errors} |"


def _error(row: Row) -> str:
    if row.subjects == 1:
        return _percent(row.error.value)
    return f"{_percent(row.error.value)} ({_percent(row.error.low)} – {_percent(row.error.high)})"


def _percent(share: float, places: int = 1) -> str:
    return f"{100 * share:.{places}f} %"


def _cuts(samples: Samples, rates: np.ndarray, rows: np.ndarray) -> Iterator[str]:
    shown = presentations(samples, rates, np.flatnonzero(rows))
    for rate in RATES:
        *attacks, live = measure(shown, rate / 100)
        yield f"| {rate} | {_percent(live.error.value)} | {_percent(attacks[0].error.value)} ({attacks[0].name}) |"


def presentations(samples: Samples, rates: np.ndarray, rows: np.ndarray) -> Presentations:
    return Presentations(rates[rows], samples.instrument[rows], samples.subject[rows])
