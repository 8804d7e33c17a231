"""The scenes that images can be scanned for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from visage.api.dialects import fields
from visage.api.payloads.liveness import recapture_result
from visage.api.scans.scan import Result, Scene, Task
from visage.errors import VisageError
from visage.faces.types import Box, Comparison
from visage.gallery.identify import FOUND, Identification, Identified, Probe, identify
from visage.gallery.verify import Pair, verify
from visage.liveness.silent import judge

Query = TypeVar("Query")
Answer = TypeVar("Answer")

FACES = (2, 1, 10)
"""Number of faces searched for in an image: default, minimum, maximum."""
SAME = "0.001"
"""The FMR at whose threshold `same` is decided, like `FOUND` for searches; clients may use other thresholds."""


def search_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """SearchPerson's body as a scan's body: with `tasks` it is one already; otherwise `url`, or each of `urls`, is a
    task."""
    if "tasks" not in body:
        urls = fields.urls(body) if "urls" in body else [fields.url(body)]
        shared = {"dataId": body["dataId"]} if "dataId" in body else {}
        body = {**body, "tasks": [{"url": url, **shared} for url in urls]}
    return {"scenes": list(SEARCH), **body}


def search(library: str, tasks: Sequence[Task], until: float) -> list[Result | VisageError]:
    """sface-n: 1:N search in the group `groupId` for the `maxFaces` largest faces of each image."""

    def probe(task: Task) -> Probe:
        return Probe(task.url, fields.group_id(task.options), fields.whole(task.options, "maxFaces", *FACES))

    return _results(tasks, probe, lambda probes: identify(library, probes, until), _search_result)


def compare(library: str, tasks: Sequence[Task], until: float) -> list[Result | VisageError]:
    """sface-1: 1:1 verification of each image against `faceUrl`; one face per image, unless `useLargest` is true."""

    def pair(task: Task) -> Pair:
        return Pair(task.url, fields.url(task.options, "faceUrl"), fields.flag(task.options, "useLargest"))

    return _results(tasks, pair, lambda pairs: verify(library, pairs, until), _compare_result)


def _results(
    tasks: Sequence[Task],
    parse: Callable[[Task], Query],
    process: Callable[[list[Query]], Sequence[Answer | VisageError]],
    convert: Callable[[Answer], Result],
) -> list[Result | VisageError]:
    """A result per task: parse each task, process all valid ones together, and convert each outcome."""
    results: list[Any] = [_attempt(parse, task) for task in tasks]
    readable = [index for index, query in enumerate(results) if not isinstance(query, VisageError)]
    for index, outcome in zip(readable, process([results[index] for index in readable]), strict=True):
        results[index] = outcome if isinstance(outcome, VisageError) else convert(outcome)
    return results


def _attempt(parse: Callable[[Task], Query], task: Task) -> Query | VisageError:
    try:
        return parse(task)
    except VisageError as error:
        return error


def _search_result(found: Identification) -> Result:
    """The result of a search; `suggestion` is `review` if somebody was found, otherwise `pass`."""
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
    """The result of a verification; `suggestion` is `pass` for the same person, otherwise `review`."""
    rate = round(comparison.score, 4)
    same = rate >= comparison.thresholds[SAME]
    return {
        "label": "same" if same else "different",
        "suggestion": "pass" if same else "review",
        "rate": rate,
        "thresholds": dict(comparison.thresholds),
    }


def liveness(library: str, tasks: Sequence[Task], until: float) -> list[Result | VisageError]:
    """liveness: whether the largest face in each image is live or recaptured from a screen or print."""
    judged = judge(library, [task.url for task in tasks], until)
    return [each if isinstance(each, VisageError) else recapture_result(each.rate, each.reason) for each in judged]


SEARCH: dict[str, Scene] = {"sface-n": search}
SCENES: dict[str, Scene] = {**SEARCH, "sface-1": compare, "liveness": liveness}
