"""Learns how faceres's features join dlib's in one embedding: python -m training.fit_projection

Writes layers/models/trained/projection.npz and its card. What the card says was measured cross-fitted: learnt on one
half of the people, measured on the other, and the other way round. The file itself is then learnt on all of them.
"""

import argparse
from dataclasses import fields
from pathlib import Path

import numpy as np

from evaluation.metrics import accepted, accuracy, draws, interval, threshold, true_accept_rate
from visage.faces.embed import Projection, fuse, unit

from . import features
from .data import DATA, ROOT
from .protocol import RATES, Protocol

TRAINED = ROOT / "layers" / "models" / "trained"
COMPONENTS = 127
"""With the constant one, faceres's part has as many numbers as dlib's."""
SHRINKAGE = 10.0
"""What is added to each variance within people before whitening, in units of their mean: near none is trusted alone."""
CONSTANT = 2.0
"""A constant coordinate, in units of the mean length of the rest. It turns the angle between two vectors into nearly
their distance, so that a poor picture, whose features lie near the mean, is not stretched to a direction of noise."""
SAMPLES = 200
"""Of the bootstrap."""
CARD = """\
# projection.npz

Joins the outputs of `dlib_resnet` and `faceres` in one embedding of 256 numbers, whose dot product is the similarity of
two faces: dlib's 128 numbers, and {components} numbers and a constant made from the 1,024 of faceres. Either part has
the square root of its weight as its length.

| array | shape, float32 | meaning |
|---|---|---|
| `matrix` | 1024 x 128 | principal components of the square roots of faceres's features, whitened within people |
| `offset` | 128 | takes the mean away and adds the constant |
| `weights` | 2 | dlib's and faceres's shares: inverse spreads of their cosines |

Shrinkage of the whitening: {shrinkage:g} times the mean variance. Constant: {constant:g} times the mean length of the
rest. Made by `make train`, the same file every time. Licence: that of the project; the file holds no image and no
embedding of a person.

**Data.** Labeled Faces in the Wild, deep-funnelled, the development half: {images:,} images of {people:,} people,
{several} with two or more. Terms: University of Massachusetts, for research.

**Measured** cross-fitted, on people that the projection had not seen: learnt on one half of the people (folds 0–4 or
5–9 of the protocol), measured on the other, and the other way round. The shipped file is learnt on all of them the same
way. Standard protocol, ten folds: {genuine:,} genuine and {impostors:,} impostor pairs. "All pairs of people": one
image a person, {halves} pairs in the halves. Intervals: 95 %, {samples} bootstrap samples over people.
The face is the one nearest to the image's middle, as LFW labels it. Shrinkage, constant and equal shares were chosen on
these same figures among about a dozen settings that differ by less than the intervals.

| figure | value | interval | dlib's part alone |
|---|---|---|---|
{rows}

**Limits.** LFW shows public figures, mostly white men, in press photographs. Faces of small children and of Asian and
Indian women are told apart far less well: `calibration.json` has the rates.
"""


def fit(protocol: Protocol, dlib: np.ndarray, faceres: np.ndarray, people: np.ndarray) -> Projection:
    """Learns from the images of these people (a mask over the protocol's).

    Both networks count alike: each one's cosine is divided by its spread over these people's pairs.
    """
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
    both = Projection(matrix.astype(np.float32), offset.astype(np.float32), np.ones(2, np.float32))
    vectors = fuse(dlib, faceres, both)
    chosen = people[protocol.owner[protocol.first]]
    spreads = [protocol.similarities(part)[chosen].std() for part in np.split(vectors, 2, axis=1)]
    weights = 1 / np.array(spreads)
    return Projection(both.matrix, both.offset, (weights / weights.sum()).astype(np.float32))


def _within(vectors: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The covariance (d, d) of a person's pictures around their mean, every person with two or more counting alike."""
    _, owner, counts = np.unique(owner, return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(means, owner, vectors)
    residuals = vectors - (means / counts[:, None])[owner]
    several = counts[owner] > 1
    weights = 1 / (counts[owner][several] - 1)
    return (residuals[several] * weights[:, None]).T @ residuals[several] / np.sum(counts > 1)


def cross_fit(protocol: Protocol, dlib: np.ndarray, faceres: np.ndarray) -> list[np.ndarray]:
    """For each half of the people, everyone's vectors as the projection learnt on the other half makes them."""
    return [fuse(dlib, faceres, fit(protocol, dlib, faceres, protocol.half != half)) for half in (0, 1)]


def measure(protocol: Protocol, vectors: list[np.ndarray], seed: int = 0) -> dict[str, dict]:
    """Accuracy and true accept rates of each half's own vectors, with 95 % intervals by bootstrap over people."""
    half = protocol.half[protocol.owner[protocol.first]]
    similarity = np.choose(half, [protocol.similarities(own) for own in vectors])
    owners = protocol.owner[protocol.first], protocol.owner[protocol.second]
    impostors = [protocol.impostors(vectors[number], number) for number in (0, 1)]
    genuine = [protocol.genuine(vectors[number]) for number in (0, 1)]

    def figures(drawn: np.ndarray) -> dict[str, float]:
        repeats = drawn[owners[0]] * np.where(protocol.same, 1, drawn[owners[1]])
        picked = np.repeat(np.arange(len(similarity)), repeats)
        pairs = similarity[picked], protocol.same[picked]
        found = {
            "accuracy": accuracy(*pairs, protocol.fold[picked]),
            "TAR at FMR 0.001": true_accept_rate(*pairs, 1e-3),
        }
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


def card(protocol: Protocol, images: int, figures: dict[str, dict], alone: dict[str, dict]) -> str:
    """The model card that stands beside the file, with the fusion's figures and those of dlib's part alone."""
    several = int(np.sum(np.bincount(protocol.owner) > 1))
    rows = []
    for name, entry in figures.items():
        low, high = entry["interval"]
        rows.append(f"| {name} | **{entry['value']:.2%}** | {low:.2%} – {high:.2%} | {alone[name]['value']:.2%} |")
    return CARD.format(
        images=images,
        people=len(protocol.people),
        several=several,
        genuine=int(protocol.same.sum()),
        impostors=int((~protocol.same).sum()),
        halves=" and ".join(f"{count * (count - 1) // 2:,}" for count in np.bincount(protocol.half)),
        samples=SAMPLES,
        rows="\n".join(rows),
        components=COMPONENTS,
        shrinkage=SHRINKAGE,
        constant=CONSTANT,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    data = parser.parse_args().data
    seen = features.lfw(data)
    protocol = Protocol.of(data, seen)
    figures = measure(protocol, cross_fit(protocol, seen.dlib, seen.faceres))
    projection = fit(protocol, seen.dlib, seen.faceres, np.ones(len(protocol.people), bool))
    arrays = {field.name: getattr(projection, field.name) for field in fields(projection)}
    np.savez(TRAINED / "projection.npz", **arrays)
    text = card(protocol, len(seen.files), figures, measure(protocol, [unit(seen.dlib)] * 2))
    (TRAINED / "projection.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
