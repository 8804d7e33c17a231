"""Makes the calibration and measures it: python -m training.calibration

Writes layers/models/trained/kinds.npz, calibration.json and the tables of docs/accuracy.md and of the calibration's
card. Each half of the people is measured with what was learnt from the other; the files are learnt from all.
"""

import argparse
import json
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from visage.faces.recognition.impostors import Kinds

from .. import features
from ..data import DATA, ROOT, TRAINED
from ..features import CHIP, PHOTO
from ..protocol import Protocol
from . import measure
from .kinds import fit
from .measure import Half, Lines
from .people import People
from .rarities import lines

NAMES = {PHOTO: "FacePic-FacePic", CHIP: "FacePic-IDPic"}
PLACES = (ROOT / "docs" / "accuracy.md", TRAINED / "calibration.md")
BEGIN, END = "<!-- python -m training.calibration -->", "<!-- end -->"
STATED = "| pairs of different people | people | pairs | stated 0.01 | stated 0.001 | stated 0.0001 |\n|---|---|---|---|---|---|"
TABLES = """
**The network**, by similarity alone, nothing learnt: LFW, development half, all ten folds; intervals by bootstrap over people.

| | of | | 95 % interval |
|---|---|---|---|
{network}

**Genuine pairs by the score**, LFW: the share that reaches 70, 80 and 90.

| | people | pairs | 70 (0.01) | 80 (0.001) | 90 (0.0001) |
|---|---|---|---|---|---|
{genuine}

**What a stated rate is worth**: how many times as often as stated different people reach the scores 70, 80 and 90.

{stated}
{populations}

Accessories drawn on one photo of each person (`training/calibration/accessories.py`), LFW's people and UTKFace's adults:

{stated}
{covered}

Simulated chip portraits (`training/calibration/chip_portraits.py`):

{stated}
{chips}

What more bytes would be worth: genuine pairs of LFW below the similarity that so many pairs of different people reach,
by the size of the chip portrait; without kinds, one similarity for all:

| bytes | no face found | genuine pairs | pairs of different people | fail at 0.01 | at 0.001 | at 0.0001 |
|---|---|---|---|---|---|---|
{sizes}

**Searches**: how many times as often as stated a stranger finds somebody in a group.

| people | of | faces in the group | stated 0.01 | stated 0.001 |
|---|---|---|---|---|
{searches}
"""


def learn(people: People) -> tuple[Kinds, Lines]:
    """What is learnt from these people; from all people, what ships."""
    kinds = fit(people)
    return kinds, {view: lines(people, kinds, view) for view in NAMES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    protocol = Protocol.of(arguments.data, features.faces(arguments.data, features.LFW))
    people, vectors = People.read(arguments.data, protocol), features.embeddings(arguments.data, features.LFW)
    kinds, learnt = learn(people)
    np.savez(TRAINED / "kinds.npz", **{field.name: getattr(kinds, field.name) for field in fields(kinds)})
    document = {
        "command": "python -m training.calibration",
        "data": "Labeled Faces in the Wild and UTKFace, development halves, and photos of real masks, one image a person;"
        " accessories are drawn, chip portraits simulated",
        "people": {
            "LFW": int(people.lfw.sum()),
            "UTKFace": int((~(people.lfw | people.masked)).sum()),
            "masks": int(people.masked.sum()),
        },
        "pairs": {
            NAMES[view]: {name: asdict(line) for name, line in zip(("excess", "population"), both, strict=True)}
            for view, both in learnt.items()
        },
    }
    (TRAINED / "calibration.json").write_text(json.dumps(document, indent=1) + "\n")

    halves = [Half(people[people.half == number], *learn(people[people.half != number]), number) for number in (0, 1)]
    tables = TABLES.format(
        stated=STATED,
        network="\n".join(measure.network(protocol, vectors)),
        genuine="\n".join(measure.genuine(halves, protocol, vectors)),
        populations="\n".join(measure.stated_rates(halves)),
        covered="\n".join(measure.covered(halves)),
        chips="\n".join(measure.chips(halves)),
        sizes="\n".join(measure.sizes(arguments.data, protocol, vectors)),
        searches="\n".join(measure.searches(halves)),
    )
    print(tables)
    for place in PLACES:
        before, found, rest = place.read_text().partition(BEGIN)
        if not found:
            raise SystemExit(f"{place} has no line {BEGIN}")
        place.write_text(f"{before}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
