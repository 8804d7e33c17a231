"""The card of attributes.onnx: the network, its training data, and its accuracy."""

from collections import Counter

import numpy as np

from evaluation.attributes.figures import balanced, reliability, wilson
from evaluation.figures import Estimate
from visage.faces.appearance.attributes import QUESTIONS, SHARE, SIDE

from .calibrate import Calibration
from .logistic import sigmoid
from .samples import CALIBRATE, COLUMN, FIRST, TRAIN, Samples

GOALS = {"respirator": 0.98, "glasses": 0.985, "sunglasses": 0.98, "hat": 0.95, "smile": 0.93}
GOALS |= {"mustache": 0.90, "bang": 0.90, "bald": 0.95}
TIME = "1.8 ms, and 0.8 ms to cut the face out"
"""Measured on one core of a two-core machine."""
_TEXT = """\
# attributes.onnx

Says of a face whether it smiles and wears glasses, sunglasses, a mask, a hat, a mustache, a fringe, and whether it is
bald or has long hair. Made by `make train-attributes`; nothing in it is set by hand.

| | |
|---|---|
| Input | `image`: (N, 3, {side}, {side}) float32, RGB, 0 to 255; level, {share:g} times the box's longer side |
| Output | `answers`: (N, {questions}), probabilities of yes, see below; `degree`: (N, 1), of the smile, 0 to 1 |
| Network | 1.7 million weights in half precision, {size:.1f} MB |
| Time, one core | {time} |
| Licence | that of the project; first weights: MIT, npm package @vladmandic/human 3.3.6 (HSE-FaceRes) |

`answers`: {names}; `sunglasses` given glasses, `long` given hair. The network is the first
eleven blocks of `faceres`'s MobileNet, taught further from the third block on, then 16 learnt ways to weigh the places
of the face and one linear layer.

**Use.** Attributes of faces in photos, each with its probability, for example to ask for another photo. Not for
decisions about people; a mustache, hair or hat says nothing of who somebody is.

**Data.** {faces} faces: {sets}. Terms: CelebA, LFW, UTKFace, Yale for research; FFHQ's labels CC BY-NC-SA, made by a
machine; the masks are web photos of an MIT repository. {looked} answers were given by looking at faces of which a first
network was unsure. Where nobody had said anything, teachers labelled: BiSeNet v2 (parts of the face, learnt from
CelebAMask-HQ), MediaPipe's blendshapes (smile), AIZOO's mask detector (to doubt labels). None of their weights is in
this file. Masks, dark glasses and other people's hats were drawn on some of the faces.

**Measured** on {checked} faces of people, by name or by likeness (the project's own embedding), of whom nothing was
learnt, against labels as they are. Rates are cross-fitted: each half of these faces calibrated on the other and on
those kept for it; the file is calibrated on all of them. Balanced accuracy: the mean of both kinds' shares told
rightly; intervals 95 % (Wilson; Newcombe for the mean). Error: expected calibration error of the answers' rates, ten
bins. "Hard": labelled by looking because an earlier network was unsure.

| labels of the sets | yes | no | yes found | no spared | balanced accuracy | interval | goal | error |
|---|---|---|---|---|---|---|---|---|
{rows}

| hard faces | yes | no | yes found | no spared | balanced accuracy | interval |
|---|---|---|---|---|---|---|
{hard}

| teachers' labels (agreement) | yes | no | yes found | no spared | balanced accuracy | interval |
|---|---|---|---|---|---|---|
{agreement}

Degree of the smile: correlation with blendshapes {degree:.3f} on {smiles} held-back faces.

**Weak.** Of older men with receding hair too many are called bald. The sets show few bald, hatted and mustached people,
most of them white men in press photographs. Long hair is learnt from a teacher's map of hair below the mouth; of 100
held-back faces looked at, 94 were told rightly, and crops that end at the chin hide it. Between the answers lie tinted
glasses, headbands, hoods and stubble. CelebA has a goatee count as a mustache; so does this network.
"""


def write(samples: Samples, rates: np.ndarray, logits: np.ndarray, calibration: Calibration, size: int) -> str:
    """The card's text. `rates`: of the faces to check; `logits`: the network's; `calibration`, `size`: the file's."""
    rows = np.flatnonzero(samples.part >= FIRST)
    names = [name.partition("/")[0] for name in samples.names]
    counts = Counter(names)
    parts = Counter(samples.part.tolist())
    faces = f"{parts[TRAIN]:,} to learn from, {parts[CALIBRATE]:,} to calibrate on, {len(rows):,} to check"
    smiling = rows[~np.isnan(samples.smiling[rows]) & ~(samples.targets[rows, COLUMN["respirator"]] == 1)]
    degree = sigmoid(logits[smiling, COLUMN["smile"]] * calibration.degree[0] + calibration.degree[1])
    told = samples.said & ~samples.looked
    taught = ~samples.said & ~np.isnan(samples.targets) & ((samples.targets > 0.9) | (samples.targets < 0.1))
    return _TEXT.format(
        side=SIDE,
        share=SHARE,
        questions=len(QUESTIONS),
        names=", ".join(QUESTIONS),
        size=size / 1e6,
        time=TIME,
        faces=f"{faces};",
        sets=", ".join(f"{name} {count:,}" for name, count in counts.items()),
        looked=f"{int(samples.looked.sum()):,}",
        checked=f"{len(rows):,}",
        rows=_table(samples, rates, rows, told, full=True),
        hard=_table(samples, rates, rows, samples.looked),
        agreement=_table(samples, rates, rows, taught),
        degree=float(np.corrcoef(degree, samples.smiling[smiling])[0, 1]),
        smiles=f"{len(smiling):,}",
    )


def _table(samples: Samples, rates: np.ndarray, rows: np.ndarray, known: np.ndarray, full: bool = False) -> str:
    return "\n".join(line for question in QUESTIONS if (line := _line(question, samples, rates, rows, known, full)))


def _line(
    question: str, samples: Samples, rates: np.ndarray, rows: np.ndarray, known: np.ndarray, full: bool
) -> str | None:
    column = COLUMN[question]
    asked = rows[known[rows, column]]
    if not asked.size:
        return None
    truth, rate = samples.targets[asked, column] > 0.5, rates[asked, column]
    yes, no = int(truth.sum()), int((~truth).sum())
    found = wilson(int((rate[truth] > 0.5).sum()), yes)
    spared = wilson(int((rate[~truth] <= 0.5).sum()), no)
    both = balanced(found, spared)
    cells = [question, f"{yes:,}", f"{no:,}", _share(found), _share(spared), f"**{_share(both)}**", _interval(both)]
    if full:
        goal = GOALS.get(question)
        error = reliability(question, np.maximum(rate, 1 - rate), (rate > 0.5) == truth).error
        cells += ["–" if goal is None else f"{goal:g}", f"{error:.3f}"]
    return f"| {' | '.join(cells)} |"


def _share(share: Estimate | None) -> str:
    return "–" if share is None else f"{share.value:.3f}"


def _interval(share: Estimate | None) -> str:
    return "–" if share is None else f"{share.low:.3f} – {share.high:.3f}"
