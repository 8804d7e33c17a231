"""What images can be scanned for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from visage.api import fields
from visage.api.liveness import recapture_result
from visage.api.scan import Result, Scene, Task
from visage.errors import VisageError
from visage.faces.types import Box, Comparison
from visage.gallery.identify import FOUND, Identification, Identified, Probe, identify
from visage.gallery.verify import Pair, verify
from visage.liveness.silent import judge

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

FACES = (2, 1, 10)
"""Faces looked up in an image: by default, at least, at most."""
SAME = "0.001"
"""At this rate of false matches a label is decided, as at `FOUND` of strangers; the thresholds allow others."""


def search_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """SearchPerson's body as a scan's: with `tasks` it is one; otherwise `url`, or each of `urls`, is a task."""
    if "tasks" not in body:
        urls = fields.urls(body) if "urls" in body else [fields.url(body)]
        shared = {"dataId": body["dataId"]} if "dataId" in body else {}
        body = {**body, "tasks": [{"url": url, **shared} for url in urls]}
    return {"scenes": list(SEARCH), **body}


def search(library: str, tasks: Sequence[Task], until: float) -> list[Result | VisageError]:
    """sface-n: who of the group `groupId` is in the image? `maxFaces` of its faces are looked up, the largest first."""

    def probe(task: Task) -> Probe:
        return Probe(task.url, fields.group_id(task.options), fields.whole(task.options, "maxFaces", *FACES))

    return _results(tasks, probe, lambda probes: identify(library, probes, until), _search_result)


def compare(library: str, tasks: Sequence[Task], until: float) -> list[Result | VisageError]:
    """sface-1: is the person in the image the one in `faceUrl`? One face an image, unless `useLargest` is true."""

    def pair(task: Task) -> Pair:
        return Pair(task.url, fields.url(task.options, "faceUrl"), fields.flag(task.options, "useLargest"))

    return _results(tasks, pair, lambda pairs: verify(library, pairs, until), _compare_result)


def _results(
    tasks: Sequence[Task],
    read: Callable[[Task], Asked],
    answer: Callable[[list[Asked]], Sequence[Answer | VisageError]],
    write: Callable[[Answer], Result],
) -> list[Result | VisageError]:
    """A result for each task: what can be read is answered together, and each answer written on its own."""
    results: list[Any] = [_attempt(read, task) for task in tasks]
    readable = [index for index, asked in enumerate(results) if not isinstance(asked, VisageError)]
    for index, answered in zip(readable, answer([results[index] for index in readable]), strict=True):
        results[index] = answered if isinstance(answered, VisageError) else write(answered)
    return results


def _attempt(read: Callable[[Task], Asked], task: Task) -> Asked | VisageError:
    try:
        return read(task)
    except VisageError as error:
        return error


def _search_result(found: Identification) -> Result:
    """`suggestion` is `review` for a picture in which somebody was found, and `pass` for others."""
    rate = round(found.score, 4)
    known = rate >= found.thresholds[FOUND]
    return {
        "label": "found" if known else "none",
        "suggestion": "review" if known else "pass",
        "rate": rate,
        "thresholds": dict(found.thresholds),
        "topPersonData": [_face(face) for face in found.faces],
    }


def _face(face: Identified) -> dict[str, Any]:
    return {
        "faceItem": _item(face.box),
        "persons": [
            {
                "faceId": candidate.match.face_id,
                "personId": candidate.match.person_id,
                "rate": round(candidate.score, 4),
                "name": candidate.match.name,
                "note": candidate.match.note,
            }
            for candidate in face.persons
        ],
    }


def _item(box: Box) -> dict[str, int]:
    return {"x": round(box.left), "y": round(box.top), "width": round(box.width), "height": round(box.height)}


def _compare_result(comparison: Comparison) -> Result:
    """`suggestion` is `pass` for the same person, and `review` otherwise."""
    rate = round(comparison.score, 4)
    same = rate >= comparison.thresholds[SAME]
    return {
        "label": "same" if same else "different",
        "suggestion": "pass" if same else "review",
        "rate": rate,
        "thresholds": dict(comparison.thresholds),
    }


def liveness(library: str, tasks: Sequence[Task], until: float) -> list[Result | VisageError]:
    """liveness: is the largest face in the image live, or a picture of a picture?"""
    judged = judge(library, [task.url for task in tasks], until)
    return [answer if isinstance(answer, VisageError) else recapture_result(answer.rate) for answer in judged]


SEARCH: dict[str, Scene] = {"sface-n": search}
SCENES: dict[str, Scene] = {**SEARCH, "sface-1": compare, "liveness": liveness}
