"""Reads the labels of the development faces, by people or, in FFHQ, by a machine: answers by question, 1 for yes."""

import csv
import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

LOOKED = Path(__file__).with_name("looked.csv")
"""Labels by eye of faces of which a first network was unsure: digest of <set>/<file>, question, answer."""
HELD_BACK = Path(__file__).with_name("held_back.txt")
"""Digests of <set>/<file> of the labelled faces for checking, as selected by the training command."""
FOLDERS = {
    "celeba": "celeba/images",
    "ffhq": "ffhq/images",
    "with_mask": "mask/with_mask",
    "without_mask": "mask/without_mask",
    "yale": "yale",
}
"""The sets with labels."""
Answers = dict[str, float]
_CELEBA = {"smile": "Smiling", "glasses": "Eyeglasses", "hat": "Wearing_Hat", "bang": "Bangs", "bald": "Bald"}
_YALE_SMILES = {"happy": 1.0, "normal": 0.0, "noglasses": 0.0, "sad": 0.0, "sleepy": 0.0}


def told(data: Path) -> dict[str, Answers]:
    """<set>/<file> → answers; unlabelled and unclear ones are absent."""
    return dict((*_celeba(data / "celeba"), *_ffhq(data / "ffhq"), *_mask(data / "mask"), *_yale(data / "yale")))


def by_eye(data: Path) -> dict[str, frozenset[str]]:
    """<set>/<file> → what was seen on the face, in the words of LFW's list by eye."""
    with (data / "attributes" / "lfw_byeye.csv").open(newline="") as file:
        rows = [(row["file"].removeprefix("attributes/"), row["labels"]) for row in csv.DictReader(file)]
    return {name: frozenset(words.split()) for name, words in rows}


def lfw(data: Path) -> dict[str, Answers]:
    """The same for LFW, from `by_eye`. Headwear of cloth counts as a hat; a receding hairline counts as unlabelled."""
    seen = {"hat": {"hat": 1.0}, "bald": {"bald": 1.0, "hat": 0.0, "bang": 0.0}}
    seen |= dict.fromkeys(("headscarf", "keffiyeh_turban"), {"hat": 1.0, "bald": 0.0, "bang": 0.0})
    seen |= {"sunglasses_or_tinted": {"glasses": 1.0}, "none_of_these": {"hat": 0.0}}
    return {
        name: dict(chain({"respirator": 0.0}.items(), *(seen.get(word, {}).items() for word in sorted(words))))
        for name, words in by_eye(data).items()
    }


def looked(path: Path = LOOKED) -> dict[str, Answers]:
    """`digest` of a name → answers."""
    answers: dict[str, Answers] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            answers.setdefault(row["digest"], {})[row["question"]] = float(row["answer"])
    return answers


def held_back(data: Path) -> dict[str, Answers]:
    """<folder>/<file> → answers, of the faces that no network was trained on."""
    digests = frozenset(HELD_BACK.read_text().split())
    kept = {name: answers for name, answers in told(data).items() if digest(name) in digests}
    return {f"{FOLDERS[name.partition('/')[0]]}/{name.partition('/')[2]}": answers for name, answers in kept.items()}


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _celeba(folder: Path) -> Iterator[tuple[str, Answers]]:
    """Goatees count as mustaches, other beards as unlabelled. The set does not say which glasses are dark."""
    with (folder / "attributes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yes = {name for name, value in row.items() if value == "1"}
            found = {question: float(name in yes) for question, name in _CELEBA.items()} | {"respirator": 0.0}
            if yes & {"Mustache", "Goatee"} or "No_Beard" in yes:
                found["mustache"] = float(bool(yes & {"Mustache", "Goatee"}))
            yield f"celeba/{row['image_id']}", found


def _ffhq(folder: Path) -> Iterator[tuple[str, Answers]]:
    """Where the machine gave a degree, its middle range counts as unlabelled."""
    with (folder / "attributes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["n_faces"] == "0":
                continue
            glasses = row["glasses"] != "NoGlasses"
            found = {"hat": float(row["headwear"]), "glasses": float(glasses), "respirator": 0.0}
            if glasses:
                found["sunglasses"] = float(row["glasses"] in ("Sunglasses", "SwimmingGoggles"))
            degrees = {"mustache": ("moustache", 0.05, 0.35), "smile": ("smile", 0.3, 0.7), "bald": ("bald", 0.5, 0.9)}
            for question, (column, low, high) in degrees.items():
                degree = float(row[column])
                if not low < degree < high and (question != "bald" or row["headwear"] == "0"):
                    found[question] = float(degree >= high)
            yield f"ffhq/{row['file']}", found


def _mask(folder: Path) -> Iterator[tuple[str, Answers]]:
    for name, answer in (("with_mask", 1.0), ("without_mask", 0.0)):
        for path in sorted((folder / name).iterdir()):
            yield f"{name}/{path.name}", {"respirator": answer}


def _yale(folder: Path) -> Iterator[tuple[str, Answers]]:
    for path in sorted(folder.glob("subject*")):
        pose = path.name.split(".")[1]
        found = {"respirator": 0.0, "hat": 0.0, "bald": 0.0}
        if pose in ("glasses", "noglasses"):
            found["glasses"] = float(pose == "glasses")
        if pose in _YALE_SMILES:
            found["smile"] = _YALE_SMILES[pose]
        yield f"yale/{path.name}", found
