"""Learns the range of embeddings, to store each number in 8 bits: python -m training.quantizer

Writes layers/visage/python/visage/gallery/index/quantizer.npz, or the one of another set of models, and its card.
"""

import argparse
from dataclasses import fields
from pathlib import Path

import numpy as np

from visage.gallery.index.quantizer import LARGEST, SIZE, Quantizer

from . import features
from .data import DATA, ROOT

TARGET = ROOT / "layers" / "visage" / "python" / "visage" / "gallery" / "index"
SPREADS = 4.8
"""Standard deviations of a number that the codes cover on either side. A small range rounds less and clips more faces:
4.0 loses 0.0040 in the mean and 0.0128 at the 99th percentile, 4.8 loses 0.0046 and 0.0050, 5.2 0.0050 and 0.0054. The
largest loss in a block of faces counts."""
CARD = """\
# {name}

The range in which embeddings lie, by which `visage/gallery/index/quantizer.py` codes them in 8 bits a number.

| array | shape, float32 | meaning |
|---|---|---|
| `centre` | {size} | mean embedding |
| `steps` | {size} | {spreads:g} standard deviations, divided by {largest} |

It decides how many candidates of a search are compared again in float32, never which persons are found: each face
carries the bound of its own error. Made by `make train`, the same file every time. Licence: that of the project; the
file holds no image and no embedding of a person.

**Data.** Labeled Faces in the Wild, deep-funnelled, the development half: {lfw:,} images. Terms: University of
Massachusetts, for research.

**Measured.** The length of what coding loses of an embedding, whose own is 1:

| faces | images | mean | 99th percentile | longest |
|---|---|---|---|---|
{rows}

Half of LFW's people measured by the range of the other half, and UTKFace, which it has not seen.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    lfw, utkface = (features.embeddings(arguments.data, source) for source in (features.LFW, features.UTKFACE))
    people = np.array([file.partition("/")[0] for file in features.faces(arguments.data, features.LFW).files])
    second = np.isin(people, np.unique(people)[1::2])
    quantizer = fit(lfw)
    target = TARGET / "quantizer.npz"
    np.savez(target, **{each.name: getattr(quantizer, each.name) for each in fields(quantizer)})
    rows = [_row("LFW, the other half", lfw[second], fit(lfw[~second])), _row("UTKFace", utkface, quantizer)]
    card = CARD.format(name=target.name, size=SIZE, largest=LARGEST, spreads=SPREADS, lfw=len(lfw), rows="\n".join(rows))
    target.with_suffix(".md").write_text(card)
    print(card)


def fit(embeddings: np.ndarray) -> Quantizer:
    """Fit the range of embeddings (n, 128)."""
    steps = SPREADS * embeddings.std(axis=0) / LARGEST
    return Quantizer(embeddings.mean(axis=0).astype(np.float32), steps.astype(np.float32))


def _row(name: str, embeddings: np.ndarray, quantizer: Quantizer) -> str:
    lost = quantizer.encode(embeddings).lost
    return f"| {name} | {len(lost):,} | {lost.mean():.4f} | {np.percentile(lost, 99):.4f} | {lost.max():.4f} |"


if __name__ == "__main__":
    main()
