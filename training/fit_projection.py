"""Learns how faceres's features join dlib's in one embedding: python -m training.fit_projection [--teachers DIR]

Writes layers/models/trained/projection.npz and its card. What the card says was measured cross-fitted: learnt on one
half of the people, measured on the other, and the other way round. The file itself is then learnt on all of them.
"""

import argparse
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from evaluation.embeddings import central_face
from evaluation.metrics import accepted, accuracy, draws, interval, threshold, true_accept_rate
from visage.faces import sessions
from visage.faces.detect import detect_largest
from visage.faces.embed import Projection, fuse, unit

from . import features
from .data import DATA, ROOT, unique
from .features import Features
from .protocol import RATES, Protocol
from .refine import Lessons, refine
from .teachers import judgements

TRAINED = ROOT / "layers" / "models" / "trained"
TEACHERS = DATA.parent / "models"
COMPONENTS = 127
"""With the constant one, faceres's part has as many numbers as dlib's."""
SHRINKAGE = 10.0
"""What is added to each variance within people before whitening, in units of their mean: near none is trusted alone."""
CONSTANT = 2.0
"""A constant coordinate, in units of the mean length of the rest. It turns the angle between two vectors into nearly
their distance, so that a poor picture, whose features lie near the mean, is not stretched to a direction of noise."""
SAMPLES = 200
"""Of the bootstrap."""
WHITENED = f"""First faceres's features are whitened: {COMPONENTS} components and a constant of {CONSTANT:g} times the
mean length of the rest, shrinkage {SHRINKAGE:g} times the mean variance."""
AS_THEY_ARE = "First both networks' numbers are taken as they are."
CARD = """\
# {name}.npz

Joins the outputs of `dlib_resnet` and `{other}` in one embedding of 256 numbers, whose dot product is the similarity
of two faces: 128 numbers made from dlib's, and 128 made from the other's. Either part has the square root of its weight
as its length.

| array | shape, float32 | meaning |
|---|---|---|
| `dlib` | 128 x 128 | near identity: turns dlib's numbers |
| `other` | {width} x 128 | the same for those of `{other}` |
| `offset` | 128 | is added to these |
| `weights` | 2 | the parts' shares: inverse spreads of their cosines |
| `rooted` | –, bool | whether the numbers of `{other}` are taken by their square roots |

Learnt in two steps. {first} Then both maps follow what two stronger networks hold of pairs of faces
(`training/refine.py`): EdgeFace-XS, whose weights are for non-commercial use, and MobileFaceNet (Apache-2.0). None of
their weights is in this file. Made by `make train`, the same file every time. Licence: that of the project; the file
holds no image and no embedding of a person.

**Data.** Labeled Faces in the Wild, deep-funnelled, the development half: {images:,} images of {people:,} people,
{several} with two or more. Terms: University of Massachusetts, for research. UTKFace, {others:,} faces of different
people, without their labels. Terms: for non-commercial research.

**Measured** cross-fitted, on people that the projection had not seen: learnt on one half of the people (folds 0–4 or
5–9 of the protocol, and half of UTKFace), measured on the other, and the other way round; the mean of both. The shipped
file is learnt on all of them the same way. Standard protocol, ten folds: {genuine:,} genuine and {impostors:,} impostor
pairs. "All pairs of people": one image a person, {halves} pairs in the halves. Intervals: 95 %, {samples} bootstrap
samples over people. The face is the one nearest to the image's middle, as LFW labels it. The settings of both steps
were chosen for the registry set on these same people, among some twenty that differ by less than the intervals.

| figure | value | interval | dlib's part alone |
|---|---|---|---|
{rows}

**Limits.** LFW shows public figures, mostly white men, in press photographs. Faces of small children and of Asian and
Indian women are told apart less well: the calibration has the rates.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """Faces of known people and what the teachers say of them."""

    protocol: Protocol
    """LFW's."""
    seen: Features
    """LFW's."""
    others: Features
    """UTKFace's."""
    side: np.ndarray
    """int (n,): the half, 0 or 1, of each of UTKFace's faces; -1 where the person is on an image before it."""
    judged: tuple[np.ndarray, np.ndarray]
    """LFW's and UTKFace's faces as the teachers see them."""

    @classmethod
    def of(cls, data: Path, teachers: Path = TEACHERS) -> "Taught":
        seen, others = features.lfw(data), features.utkface(data)
        side = np.full(len(others.files), -1)
        people = np.flatnonzero(unique(others.files))
        side[people] = np.arange(len(people)) % 2
        judged = (
            judgements(data / "lfw_dev", seen.files, central_face, teachers),
            judgements(data / "utkface", others.files, detect_largest, teachers),
        )
        return cls(Protocol.of(data, seen), seen, others, side, judged)

    def lessons(self, half: int | None) -> Lessons:
        """The faces of everybody but this half."""
        known = np.flatnonzero(self.protocol.half[self.protocol.owner] != half)
        unknown = np.flatnonzero((self.side >= 0) & (self.side != half))
        sets = ((self.seen, known, self.judged[0]), (self.others, unknown, self.judged[1]))
        return Lessons(
            dlib=np.concatenate([each.dlib[rows] for each, rows, _ in sets]),
            other=np.concatenate([each.faceres[rows] for each, rows, _ in sets]),
            teacher=np.concatenate([judged[rows] for _, rows, judged in sets]),
            person=np.append(self.protocol.owner[known], len(self.protocol.people) + unknown),
            named=np.arange(len(known) + len(unknown)) < len(known),
        )


def fit(taught: Taught, half: int | None = None) -> Projection:
    """Learns from everybody but this half of the people: joins the networks first, then follows the teachers."""
    start = STARTS[sessions.player("recogniser")]
    first = start(taught.protocol, taught.seen.dlib, taught.seen.faceres, taught.protocol.half != half)
    return refine(first, taught.lessons(half))


def cross_fit(taught: Taught) -> list[Projection]:
    """For each half of the people, the projection learnt without it."""
    return [fit(taught, half) for half in (0, 1)]


def whiten(protocol: Protocol, dlib: np.ndarray, faceres: np.ndarray, people: np.ndarray) -> Projection:
    """faceres's features whitened by the images of these people (a mask over the protocol's); dlib's as they are."""
    rows = np.nonzero(people[protocol.owner])[0]
    roots, owner = unit(np.sqrt(faceres[rows])), protocol.owner[rows]
    mean = roots.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(roots - mean, rowvar=False))
    components = directions[:, ::-1][:, :COMPONENTS]
    variances, axes = np.linalg.eigh(_within((roots - mean) @ components, owner))
    whitened = components @ (axes / np.sqrt(variances + SHRINKAGE * variances.mean()))
    length = np.linalg.norm((roots - mean) @ whitened, axis=1).mean()

    matrix = np.column_stack([whitened, np.zeros(len(mean))])
    offset = np.append(-mean @ whitened, CONSTANT * length)
    same = np.eye(dlib.shape[1], dtype=np.float32)
    matrix, offset = matrix.astype(np.float32), offset.astype(np.float32)
    both = Projection(same, matrix, offset, np.ones(2, np.float32), np.bool_(True))
    return _alike(both, protocol, fuse(dlib, faceres, both), people)


def join(protocol: Protocol, dlib: np.ndarray, other: np.ndarray, people: np.ndarray) -> Projection:
    """Both networks' numbers as they are."""
    same = (np.eye(part.shape[1], dtype=np.float32) for part in (dlib, other))
    both = Projection(*same, np.zeros(other.shape[1], np.float32), np.ones(2, np.float32), np.bool_(False))
    return _alike(both, protocol, fuse(dlib, other, both), people)


STARTS = {"faceres": whiten, "mobilefacenet": join}
"""What comes first, by the network that stands beside dlib's."""


def _alike(both: Projection, protocol: Protocol, vectors: np.ndarray, people: np.ndarray) -> Projection:
    """Both networks count alike: each one's cosine is divided by its spread over these people's pairs."""
    chosen = people[protocol.owner[protocol.first]]
    spreads = [protocol.similarities(part)[chosen].std() for part in np.split(vectors, 2, axis=1)]
    weights = 1 / np.array(spreads)
    return replace(both, weights=(weights / weights.sum()).astype(np.float32))


def _within(vectors: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The covariance (d, d) of a person's pictures around their mean, every person with two or more counting alike."""
    _, owner, counts = np.unique(owner, return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(means, owner, vectors)
    residuals = vectors - (means / counts[:, None])[owner]
    several = counts[owner] > 1
    weights = 1 / (counts[owner][several] - 1)
    return (residuals[several] * weights[:, None]).T @ residuals[several] / np.sum(counts > 1)


def measure(protocol: Protocol, vectors: list[np.ndarray], seed: int = 0) -> dict[str, dict]:
    """Accuracy and true accept rates, the mean of both halves with their own vectors and thresholds.

    With 95 % intervals by bootstrap over people.
    """
    half = protocol.half[protocol.owner[protocol.first]]
    similarity = np.choose(half, [protocol.similarities(own) for own in vectors])
    owners = protocol.owner[protocol.first], protocol.owner[protocol.second]
    impostors = [protocol.impostors(vectors[number], number) for number in (0, 1)]
    genuine = [protocol.genuine(vectors[number]) for number in (0, 1)]

    def figures(drawn: np.ndarray) -> dict[str, float]:
        repeats = drawn[owners[0]] * np.where(protocol.same, 1, drawn[owners[1]])
        found = {"accuracy": 0.0, "TAR at FMR 0.001": 0.0}
        for number in (0, 1):
            picked = np.repeat(np.arange(len(similarity)), repeats * (half == number))
            pairs = similarity[picked], protocol.same[picked]
            found["accuracy"] += accuracy(*pairs, protocol.fold[picked]) / 2
            found["TAR at FMR 0.001"] += true_accept_rate(*pairs, 1e-3) / 2
        for rate in RATES:
            shares = []
            for number in (0, 1):
                inside = drawn * (protocol.half == number)
                shares.append(accepted(genuine[number], threshold(impostors[number], rate, inside), inside))
            found[f"TAR at FMR {rate:g}, all pairs of people"] = float(np.mean(shares))
        return found

    point = figures(np.ones(len(protocol.people), int))
    samples = [figures(drawn) for drawn in draws(len(protocol.people), SAMPLES, seed)]
    return {
        name: {"value": value, "interval": interval(np.array([sample[name] for sample in samples]))}
        for name, value in point.items()
    }


def card(taught: Taught, figures: dict[str, dict], alone: dict[str, dict]) -> str:
    """The model card that stands beside the file, with the fusion's figures and those of dlib's part alone."""
    protocol = taught.protocol
    several = int(np.sum(np.bincount(protocol.owner) > 1))
    rows = []
    for name, entry in figures.items():
        low, high = entry["interval"]
        rows.append(f"| {name} | **{entry['value']:.2%}** | {low:.2%} – {high:.2%} | {alone[name]['value']:.2%} |")
    other = sessions.player("recogniser")
    return CARD.format(
        name=sessions.player("projection"),
        other=other,
        width=taught.seen.faceres.shape[1],
        first=WHITENED if STARTS[other] is whiten else AS_THEY_ARE,
        images=len(taught.seen.files),
        others=int(np.sum(taught.side >= 0)),
        people=len(protocol.people),
        several=several,
        genuine=int(protocol.same.sum()),
        impostors=int((~protocol.same).sum()),
        halves=" and ".join(f"{count * (count - 1) // 2:,}" for count in np.bincount(protocol.half)),
        samples=SAMPLES,
        rows="\n".join(rows),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=TEACHERS, help="default: %(default)s")
    arguments = parser.parse_args()
    taught = Taught.of(arguments.data, arguments.teachers)
    seen, protocol = taught.seen, taught.protocol
    figures = measure(protocol, [fuse(seen.dlib, seen.faceres, each) for each in cross_fit(taught)])
    projection = fit(taught)
    arrays = {field.name: getattr(projection, field.name) for field in fields(projection)}
    name = sessions.player("projection")
    np.savez(TRAINED / f"{name}.npz", **arrays)
    text = card(taught, figures, measure(protocol, [unit(seen.dlib)] * 2))
    (TRAINED / f"{name}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
