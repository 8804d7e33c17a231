"""Starts a stack, compares real portraits by the official client, and says whether the answers are right."""

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aliyunsdkcore.client import AcsClient
from PIL import Image

from demo.calls import Answer, compare
from demo.portraits import portraits
from local.stack import serve


@dataclass(frozen=True, slots=True)
class Case:
    """Two images and what a client should be told of them."""

    title: str
    source: bytes
    target: bytes
    expected: str
    as_expected: Callable[[Answer], bool]


def same_person(answer: Answer) -> bool:
    """At the strictest threshold: one false match in 10,000."""
    return answer.score is not None and answer.score >= answer.thresholds["0.0001"]


def two_people(answer: Answer) -> bool:
    """Even at the loosest threshold: one false match in 100."""
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
        Case("no face", obama, _sky(), "no face", no_face),
    ]


def main() -> int:
    folder = portraits()
    met, rows = 0, [("images", "format", "answer", "score", "at FMR 0.001", "expected", "")]
    with tempfile.TemporaryDirectory() as state, serve(port=0, state=Path(state)) as stack:
        client = AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou")
        for form in ("JSON", "XML"):
            for case in cases(folder):
                answer = compare(client, stack.url, case.source, case.target, form)
                good = case.as_expected(answer)
                met += good
                rows.append(_row(case, form, answer, good))
    _print_table(rows)
    print(f"demo: {met} of {len(rows) - 1} as expected")
    return 0 if met == len(rows) - 1 else 1


def _row(case: Case, form: str, answer: Answer, good: bool) -> tuple[str, ...]:
    score = "" if answer.score is None else f"{answer.score:.2f}"
    threshold = "" if answer.thresholds is None else f"{answer.thresholds['0.001']:.2f}"
    return case.title, form, answer.code, score, threshold, case.expected, "ok" if good else "NOT AS EXPECTED"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _sky() -> bytes:
    """A picture of nothing but a blue that grows lighter."""
    picture = Image.linear_gradient("L").resize((640, 480))
    colours = Image.merge("RGB", (picture.point(lambda v: v // 2), picture.point(lambda v: 90 + v // 3), picture))
    out = io.BytesIO()
    colours.save(out, "JPEG")
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
