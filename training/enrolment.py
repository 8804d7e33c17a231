"""Counts photos that enrolment refuses because something covers the face: python -m training.enrolment

Only photos that enrolment accepts with EnrolCovered=accept count. The held-back faces are of people whom the
attributes' network has not seen. The labels by eye are of photos of LFW; the network was trained on seven in ten.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from evaluation.attributes.figures import wilson
from visage.errors import Reason, VisageError
from visage.faces.enrolment import usable_face

from .attributes.labels import Answers, held_back
from .data import DATA, ROOT, load

BY_EYE = Path("attributes") / "lfw_byeye.csv"
SUNGLASSES = "sunglasses_or_tinted"
LOOKED_AT = {
    SUNGLASSES: "dark or tinted glasses, LFW by eye",
    "mouth_hand_object": "a hand or an object before the mouth, LFW by eye",
    "mouth_near_mic_chin": "a microphone or a hand near the mouth, LFW by eye",
    "hat": "a hat, LFW by eye",
    "headscarf": "a headscarf, LFW by eye",
    "none_of_these": "nothing of these, LFW by eye",
}
PLACE = ROOT / "docs" / "accuracy.md"
BEGIN, END = "<!-- python -m training.enrolment -->", "<!-- end of training.enrolment -->"
TABLE = "| photos that show | usable | refused as covered | 95 % interval |\n|---|---|---|---|\n"


def sorts(data: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each row's description, and its photos."""
    rows = held_back(data)
    for words, shows in {
        "a mask, held-back faces": _masked,
        "sunglasses, held-back faces": _in_sunglasses,
        "clear glasses, held-back faces": _in_clear_glasses,
        "neither, held-back faces": _bare,
    }.items():
        yield words, [data / file for file, answers in rows.items() if shows(answers)]
    with (data / BY_EYE).open(newline="") as file:
        looked = list(csv.DictReader(file))
    for label, words in LOOKED_AT.items():
        yield words, [data / row["file"] for row in looked if _shows(row["labels"].split(), label)]


def _shows(labels: list[str], label: str) -> bool:
    """Whether a photo counts for a label. With sunglasses it counts as sunglasses only, even under a hat."""
    return label in labels and (label == SUNGLASSES or SUNGLASSES not in labels)


def _masked(answers: Answers) -> bool:
    return answers.get("respirator") == 1


def _in_sunglasses(answers: Answers) -> bool:
    return answers.get("sunglasses") == 1


def _in_clear_glasses(answers: Answers) -> bool:
    return answers.get("sunglasses") == 0 and answers.get("respirator") == 0


def _bare(answers: Answers) -> bool:
    return answers.get("glasses") == 0 and answers.get("respirator") == 0


def refused(path: Path) -> bool | None:
    """Whether enrolment refuses a photo only because the face is covered; None if it refuses it anyway."""
    image = load(path)
    try:
        usable_face(image, covered=True)
        usable_face(image)
    except VisageError as error:
        return True if error.reason is Reason.FACE_COVERED else None
    return False


def row(words: str, answers: Iterable[bool | None]) -> str:
    """A line of the table."""
    counted = [answer for answer in answers if answer is not None]
    rate = wilson(sum(counted), len(counted))
    return f"| {words} | {len(counted):,} | {rate.value:.1%} | {rate.low:.1%} – {rate.high:.1%} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.enrolment", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--workers", type=int, help="default: one per core")
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.workers) as pool:
        ask = partial(pool.map, refused, chunksize=8)
        lines = [row(words, ask(files)) for words, files in sorts(arguments.data)]
    table = TABLE + "\n".join(lines)
    print(table)
    before, found, rest = PLACE.read_text().partition(BEGIN)
    if not found:
        raise SystemExit(f"{PLACE} has no line {BEGIN}")
    PLACE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
