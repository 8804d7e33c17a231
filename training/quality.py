"""Learns what makes a face hard to recognise: python -m training.quality

Writes layers/models/trained/quality.json; its card is written by hand. Original pictures seldom fail, so some are
degraded: smaller, blurred, compressed, darker. Each half of the people is measured with what was learnt from the other;
the file is learnt from all.
"""

import argparse
import hashlib
import io
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from evaluation.embeddings import central_face
from evaluation.metrics import interval, threshold
from visage.faces.appearance.blur import blur
from visage.faces.appearance.quality import measures
from visage.faces.detection.detect import detect_largest
from visage.faces.recognition.embed import embed, version

from . import features
from .data import DATA, TRAINED, lfw_files, load
from .protocol import Protocol

NAMES = ("score", "blur", "size", "aside squared", "aside", "nose", "length", "contrast", "range")
WORSENED = 400
"""How many pictures are degraded."""
MOST_IMAGES = 4
"""Original pictures of one person, at most."""
SAMPLES = 100
"""Samples of the bootstrap."""
REFUSED = (0.0, 0.02, 0.05, 0.1, 0.2)
RATE = 0.001
LIMIT, GOOD = 50.0, 80.0
"""The quality of LFW's pictures at the first percentile, and at the median."""
_PRIOR = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Original pictures, and degraded copies of some."""

    row: np.ndarray
    """int (n,): each picture's row among LFW's images."""
    measured: np.ndarray
    """float (n, 9)"""
    vectors: np.ndarray
    """float32 (n, 128)"""
    worsened: np.ndarray
    """bool (n,)"""


def worsen(image: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Degrade an image (h, w, 3) of a face of about 100 px: shrink, blur, darken or compress it, or several."""
    picture = Image.fromarray(image)
    if generator.random() < 0.6:
        scale = float(np.exp(generator.uniform(np.log(0.15), 0)))
        picture = picture.resize([max(round(side * scale), 8) for side in picture.size], Image.Resampling.LANCZOS)
    if generator.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(generator.uniform(0, 0.03) * picture.width))
    if generator.random() < 0.3:
        bright = float(np.exp(generator.uniform(np.log(0.15), 0)))
        picture = picture.point(lambda value: round(value * bright))
    if generator.random() < 0.4:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=int(generator.integers(5, 40)))
        picture = Image.open(stream)
    return np.asarray(picture.convert("RGB"))


def pictures(data: Path, protocol: Protocol) -> Pictures:
    """The pictures, from the cache or computed on all cores."""
    files = lfw_files(data)
    names = [version(), *NAMES, f"{WORSENED} {MOST_IMAGES}", *files]
    stored = features.CACHE / f"quality-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:16]}.npz"
    if not stored.exists():
        seen, plain_vectors = features.faces(data, features.LFW), features.embeddings(data, features.LFW)
        row_of = {file: row for row, file in enumerate(seen.files)}
        plain = [(seen.files[row], None) for row in _several(protocol.owner)]
        chosen = np.random.default_rng(0).choice(protocol.first[protocol.same], WORSENED)
        asked = plain + [(seen.files[row], number) for number, row in enumerate(chosen.tolist())]
        with ProcessPoolExecutor() as pool:
            rows = list(pool.map(partial(_see, data / "lfw_dev"), asked, chunksize=32))
        found = [(row_of[file], seed, *row) for (file, seed), row in zip(asked, rows, strict=True) if row is not None]
        row, seed, measured, vectors = zip(*found, strict=True)
        np.savez(
            stored,
            row=np.array(row),
            measured=np.stack(measured),
            vectors=np.stack([
                plain_vectors[place] if vector is None else vector for place, vector in zip(row, vectors, strict=True)
            ]),
            worsened=np.array([each is not None for each in seed]),
        )
    with np.load(stored) as arrays:
        return Pictures(**arrays)


def _several(owner: np.ndarray) -> list[int]:
    """The first `MOST_IMAGES` images of everybody with at least two."""
    rows = (np.flatnonzero(owner == person)[:MOST_IMAGES] for person in np.unique(owner))
    return [int(row) for chosen in rows if len(chosen) > 1 for row in chosen]


def _see(folder: Path, asked: tuple[str, int | None]) -> tuple | None:
    """The measures of a picture, and the embedding of a degraded one."""
    file, seed = asked
    image = load(folder / file)
    if seed is not None:
        image = worsen(image, np.random.default_rng(seed))
    face = central_face(image) if seed is None else detect_largest(image)
    if face is None:
        return None
    return measures(image, face, blur(image, face)), None if seed is None else embed(image, face)


@dataclass(frozen=True, slots=True, eq=False)
class Genuine:
    """Pairs of one person's pictures, at least one of them original."""

    first: np.ndarray
    """int (n,): rows of the pictures."""
    second: np.ndarray
    owner: np.ndarray
    weight: np.ndarray
    """float (n,): every person counts the same."""

    @classmethod
    def of(cls, seen: Pictures, protocol: Protocol) -> "Genuine":
        owner = protocol.owner[seen.row]
        first, second = [], []
        for person in range(len(protocol.people)):
            plain = np.flatnonzero((owner == person) & ~seen.worsened)
            worse = np.flatnonzero((owner == person) & seen.worsened)
            pairs = [(a, b) for place, a in enumerate(plain) for b in plain[place + 1 :]]
            pairs += [(a, b) for a in plain for b in worse if seen.row[a] != seen.row[b]]
            first += [a for a, _ in pairs]
            second += [b for _, b in pairs]
        first, second = np.array(first), np.array(second)
        person = owner[first]
        return cls(first, second, person, 1 / np.bincount(person)[person])


def fit(seen: Pictures, pairs: Genuine, similarity: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Weights (9,) of both pictures' measures that best predict the similarity, fitted to the `known` pairs (mask)."""
    middle, spread = seen.measured.mean(axis=0), seen.measured.std(axis=0)
    rows = (seen.measured - middle) / spread
    design = np.column_stack([np.ones(known.sum()), (rows[pairs.first] + rows[pairs.second])[known]])
    weighted = design * pairs.weight[known, None]
    solved = np.linalg.solve(weighted.T @ design + _PRIOR * np.eye(design.shape[1]), weighted.T @ similarity[known])
    return solved[1:] / spread


def scaled(seen: Pictures, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and constant that give LFW's pictures `LIMIT` at the first percentile and `GOOD` at the median."""
    raw = (seen.measured @ weights)[~seen.worsened]
    low, middle = np.quantile(raw, (0.01, 0.5))
    factor = (GOOD - LIMIT) / (middle - low)
    return weights * factor, float(LIMIT - low * factor)


def rejected(
    quality: np.ndarray, pairs: Genuine, failed: np.ndarray, chosen: np.ndarray, drawn: np.ndarray
) -> list[float]:
    """The share of pairs that fail when the worst pictures, a share `REFUSED`, are refused."""
    worse = np.minimum(quality[pairs.first], quality[pairs.second])
    weight = pairs.weight * drawn[pairs.owner] * chosen
    used = np.unique(np.concatenate([pairs.first[chosen], pairs.second[chosen]]))
    rates = []
    for share in REFUSED:
        kept = weight * (worse >= np.quantile(quality[used], share) if share else True)
        rates.append(float((kept * failed).sum() / max(kept.sum(), 1e-9)))
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    protocol = Protocol.of(arguments.data, features.faces(arguments.data, features.LFW))
    seen = pictures(arguments.data, protocol)
    pairs = Genuine.of(seen, protocol)
    half = protocol.half[pairs.owner]
    similarity = np.einsum("nd,nd->n", seen.vectors[pairs.first], seen.vectors[pairs.second])
    everybody = features.embeddings(arguments.data, features.LFW)
    cuts = np.array([threshold(protocol.impostors(everybody, number), RATE) for number in (0, 1)])
    failed = similarity < cuts[half]

    worse = seen.worsened[pairs.second]
    crossed = [fit(seen, pairs, similarity, half != number) for number in (0, 1)]
    report = {}
    for name, kind in (("as they are", ~worse), ("one of them made worse", worse)):
        def curve(drawn: np.ndarray, kind: np.ndarray = kind) -> np.ndarray:
            halves = []
            for number in (0, 1):
                weights = crossed[number]
                halves.append(rejected(seen.measured @ weights, pairs, failed, kind & (half == number), drawn))
            return np.mean(halves, axis=0)

        people = len(protocol.people)
        point = curve(np.ones(people, int))
        generator = np.random.default_rng(0)
        samples = np.array([curve(generator.multinomial(people, np.full(people, 1 / people))) for _ in range(SAMPLES)])
        report[name] = {
            "pairs": int(kind.sum()),
            "people": len(np.unique(pairs.owner[kind])),
            "rejected": [
                {"refused": share, "false_non_match_rate": round(float(point[place]), 4),
                 "interval": [round(end, 4) for end in interval(samples[:, place])]}
                for place, share in enumerate(REFUSED)
            ],
        }  # fmt: skip
    weights, constant = scaled(seen, fit(seen, pairs, similarity, np.ones(len(half), bool)))
    qualities = np.clip(constant + seen.measured @ weights, 0, 100)
    document = {
        "command": "python -m training.quality",
        "weights": {name: float(f"{weight:.6g}") for name, weight in zip(NAMES, weights, strict=True)},
        "constant": round(constant, 4),
        "measured": report,
        "below_50": {
            "as they are": round(float(np.mean(qualities[~seen.worsened] < LIMIT)), 4),
            "made worse": round(float(np.mean(qualities[seen.worsened] < LIMIT)), 4),
        },
        "failed_by_quality": _bands(qualities, pairs, failed),
    }
    text = json.dumps(document, indent=1) + "\n"
    (TRAINED / "quality.json").write_text(text)
    print(text)


def _bands(qualities: np.ndarray, pairs: Genuine, failed: np.ndarray) -> list[dict[str, float]]:
    """How often pairs fail, by the quality of the worse picture."""
    worse = np.minimum(qualities[pairs.first], qualities[pairs.second])
    found = []
    for low in range(0, 100, 10):
        inside = (worse >= low) & (worse < low + 10)
        if inside.any():
            rate = float(np.average(failed[inside], weights=pairs.weight[inside]))
            found.append({"from": low, "pairs": int(inside.sum()), "false_non_match_rate": round(rate, 4)})
    return found


if __name__ == "__main__":
    main()
