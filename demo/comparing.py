"""CompareFaces on portraits: same person, two people, partial face, no face; in JSON and XML."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aliyunsdkcore.client import AcsClient
from PIL import Image

from demo.calls import Answer, compare
from demo.steps import Step


@dataclass(frozen=True, slots=True)
class Case:
    """Two images and the expected result."""

    title: str
    source: bytes
    target: bytes
    expected: str
    as_expected: Callable[[Answer], bool]


def same_person(answer: Answer) -> bool:
    """Whether the score reaches the strictest threshold: FMR 1 in 10,000."""
    return answer.score is not None and answer.score >= answer.thresholds["0.0001"]


def two_people(answer: Answer) -> bool:
    """Whether the score is below even the loosest threshold: FMR 1 in 100."""
    return answer.score is not None and answer.score < answer.thresholds["0.01"]


def no_face(answer: Answer) -> bool:
    return answer.code == "Error.NoFaceDetected"


def cases(folder: Path) -> list[Case]:
    def read(name: str) -> bytes:
        return (folder / name).read_bytes()

    obama = read("obama.jpg")
    return [
        Case("same person", obama, read("obama2.jpg"), "same", same_person),
        Case("two people", obama, read("biden.jpg"), "different", two_people),
        Case("partial face", obama, read("obama_partial_face.jpg"), "same", same_person),
        Case("no face", obama, sky(), "no face", no_face),
    ]


def steps(client: AcsClient, endpoint: str, folder: Path) -> Iterator[Step]:
    for form in ("JSON", "XML"):
        for case in cases(folder):
            answer = compare(client, endpoint, case.source, case.target, form)
            yield Step(f"{case.title}, {form}", _description(answer), case.expected, case.as_expected(answer))


def _description(answer: Answer) -> str:
    if answer.score is None or answer.thresholds is None:
        return answer.code
    return f"score {answer.score:.2f}, {answer.thresholds['0.001']:.2f} at FMR 0.001"


def sky() -> bytes:
    """A picture of a blue gradient."""
    picture = Image.linear_gradient("L").resize((640, 480))
    colours = Image.merge("RGB", (picture.point(lambda v: v // 2), picture.point(lambda v: 90 + v // 3), picture))
    out = io.BytesIO()
    colours.save(out, "JPEG")
    return out.getvalue()
