"""Writes the labels of the faces held back for checking: python -m training.attributes.held_back FILE

FILE is the input of `python -m evaluation.attributes ../shared/data --labels FILE`.
"""

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path

from evaluation.attributes.labels import VALUES

from ..data import DATA
from .labels import Answers, held_back


def cells(answers: Answers) -> Mapping[str, str]:
    """The answers as the API's values: several where the set does not say which, empty where unlabelled."""
    found = {name: VALUES[name][int(answers[name])] for name in VALUES if name in answers and len(VALUES[name]) == 2}
    if "glasses" in answers:
        kinds = {None: "Wear|Sunglass", 0.0: "Wear", 1.0: "Sunglass"}
        found["glasses"] = kinds[answers.get("sunglasses")] if answers["glasses"] else "None"
    if "bald" in answers:
        found["hairstyle"] = "Bald" if answers["bald"] else "Long|Short"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.attributes.held_back", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    with arguments.file.open("w", newline="") as file:
        writer = csv.DictWriter(file, ("file", *VALUES), lineterminator="\n")
        writer.writeheader()
        writer.writerows({"file": image, **cells(answers)} for image, answers in held_back(arguments.data).items())


if __name__ == "__main__":
    main()
