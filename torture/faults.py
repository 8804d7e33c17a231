"""Faults of AWS: at each call of each operation in turn, AWS refuses, fails before or after, or its answer is lost.

The answer is the right one or a documented 5xx, the client's retry ends well, and then everything is as it is when
nothing fails: nothing is half done, and nothing is done twice.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support.interleaving import watched
from tests.support.library import fill_table, put_objects, save_objects, save_table
from torture.conformance import fault as declared_fault
from torture.deployment import Answered, Deployment, deployed
from torture.rows import Row

Scenario = Callable[[Deployment], Answered]


def _green(action: str, **body: Any) -> Scenario:
    return lambda deployment: deployment.green(action, _filled(body, deployment))


def _filled(value: Any, deployment: Deployment) -> Any:
    match value:
        case dict():
            return {name: _filled(each, deployment) for name, each in value.items()}
        case list():
            return [_filled(each, deployment) for each in value]
        case str() if value.startswith("photo:"):
            return deployment.photo(value.removeprefix("photo:"))
    return value


_TASK = {"url": "photo:again", "extras": {"groupId": "staff"}}
SCENARIOS: dict[str, Scenario] = {
    "AddPerson": _green("AddPerson", personId="new", groupIds=["staff", "fresh"], name="New"),
    "SetPerson": _green("SetPerson", personId="ann", note="late"),
    "GetPerson": _green("GetPerson", personId="ann"),
    "DeletePerson": _green("DeletePerson", personId="ann"),
    "AddFaces": _green("AddFaces", personId="bob", urls=["photo:other"], dataId="first"),
    "GetFaces": _green("GetFaces", personId="ann"),
    "DeleteFaces": lambda deployment: deployment.green("DeleteFaces", {"personId": "ann", "faceIds": _FACES}),
    "GetGroups": _green("GetGroups"),
    "GetPersons": _green("GetPersons", groupId="staff"),
    "AddGroups": _green("AddGroups", personId="bob", groupIds=["guests"]),
    "DeleteGroups": _green("DeleteGroups", personId="ann", groupIds=["guests"]),
    "SearchPerson": _green("SearchPerson", url="photo:again", groupId="staff"),
    "ImageSyncScan": _green("ImageSyncScan", scenes=["sface-n"], tasks=[_TASK]),
    "ImageAsyncScan": _green("ImageAsyncScan", scenes=["sface-n"], tasks=[_TASK]),
    "DetectFace": _green("DetectFace", url="photo:person"),
    "CreateLivenessSession": _green("CreateLivenessSession"),
    "UploadCredentials": _green("UploadCredentials"),
    "CompareFaces": lambda deployment: deployment.rpc("CompareFaces", {
        "SourceImageType": "FacePic", "SourceImageValue": deployment.photo("person"),
        "TargetImageType": "FacePic", "TargetImageValue": deployment.photo("again"),
    }),
    "DescribeOssUploadToken": lambda deployment: deployment.rpc("DescribeOssUploadToken", {}),
}  # fmt: skip
"""One call of each operation, on a library with two persons."""
ONCE = {"AddPerson": "InvalidParam.PersonExists", "DeletePerson": "InvalidParam.PersonNotExists"}
"""What the contract answers who asks for the same again."""
_FACES: list[str] = []


class Fault:
    """Lets one call of AWS, by its number from 0, go wrong in one way."""

    def __init__(self, number: int | None, kind: str) -> None:
        self._number, self._kind = number, kind
        self.made = 0
        self.operation = ""

    def __call__(self, operation: str, _parameters: dict[str, Any], call: Callable[[], Any]) -> Any:
        hit = self.made == self._number
        self.made += 1
        if not hit:
            return call()
        self.operation = operation
        match self._kind:
            case "throttles":
                code = "ThrottlingException" if "Item" in operation or operation in ("Query", "Scan") else "SlowDown"
                raise _error(code, 400 if code.startswith("T") else 503, operation)
            case "fails before":
                raise _error("InternalServerError", 500, operation)
            case "fails after":
                call()
                raise _error("InternalServerError", 500, operation)
            case "does not answer":
                call()
                raise ReadTimeoutError(endpoint_url="https://aws.test")
            case "is asked twice":
                call()
                return call()
        raise ValueError(self._kind)


KINDS = ("throttles", "fails before", "fails after", "does not answer", "is asked twice")


def _error(code: str, status: int, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


class Stage:
    """A deployment that begins each time in the same state."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        for person, groups, photo in (("ann", ["staff", "guests"], "person"), ("bob", ["staff"], None)):
            assert deployment.green("AddPerson", {"personId": person, "groupIds": groups}).status == 200
            if photo:
                added = deployment.green("AddFaces", {"personId": person, "urls": [deployment.photo(photo)]}).json()
                _FACES[:] = [str(item["faceId"]) for item in added["data"]["faceImageItems"]]
        assert deployment.green("AddGroups", {"personId": "bob", "groupIds": ["guests"]}).status == 200
        assert deployment.green("DeleteGroups", {"personId": "bob", "groupIds": ["guests"]}).status == 200
        self._rows, self._objects = save_table(), save_objects()

    def begin(self) -> None:
        from visage import aws
        from visage.gallery.index.container_cache import container_cache

        fill_table(self._rows)
        for bucket, key in save_objects().keys() - self._objects.keys():
            aws.client("s3").delete_object(Bucket=bucket, Key=key)
        put_objects({key: content for key, content in self._objects.items() if key not in save_objects()})
        container_cache.cache_clear()

    def left(self) -> dict[str, Any]:
        """All that a client can ever see, without what is random."""
        from visage.gallery.persons.store import Library

        library = Library("torture")
        groups = library.groups()
        persons = library.persons(["ann", "bob", "new"])
        return {
            "groups": groups,
            "persons": {
                person.id: (person.name, person.note, sorted(person.groups), len(person.faces))
                for person in persons.values()
            },
            "images": sum(bucket == "visage-faces" for bucket, _key in save_objects()),
        }


def run(seed: int, seconds: float) -> list[Row]:
    ends = time.monotonic() + seconds
    rows = {kind: Row(f"AWS {kind}, once, at each call of each operation", 0) for kind in KINDS}
    with deployed() as deployment, _without_waiting():
        stage = Stage(deployment)
        cases = list(_cases(stage))
        random.Random(seed).shuffle(cases)
        for name, number, kind, right in cases:
            if time.monotonic() > ends:
                break
            _try(rows[kind], stage, name, number, kind, right)
    for row in rows.values():
        row.figure = "wrong answer, half done, done twice, or no retry that ends well"
    return list(rows.values())


def _cases(stage: Stage) -> Iterator[tuple[str, int, str, Any]]:
    for name, scenario in SCENARIOS.items():
        stage.begin()
        plain = Fault(None, "")
        with watched(plain):
            answer = scenario(stage.deployment)
        assert answer.status == 200, (name, answer)
        right = (_plain(answer), stage.left())
        yield from ((name, number, kind, right) for number in range(plain.made) for kind in KINDS)


def _try(row: Row, stage: Stage, name: str, number: int, kind: str, right: Any) -> None:
    from visage.gallery.upkeep.pack import pack

    stage.begin()
    row.tried += 1
    fault = Fault(number, kind)
    where = f"{name}, call {number}"
    with watched(fault):
        try:
            answer = SCENARIOS[name](stage.deployment)
        except Exception as error:
            row.blame(f"{where}: raised {type(error).__name__}: {error}")
            return
    where = f"{where} ({fault.operation})"
    wrong = declared_fault(name, answer.status, answer.body)
    if wrong or (answer.status < 500 and answer.status != 200):
        row.blame(f"{where}: {wrong or 'refused'}: {answer.body[:200]}")
        return
    told = _documented(answer)
    if answer.status == 200 and not told and _plain(answer) != right[0]:
        row.blame(f"{where}: another answer: {answer.body[:300]}")
        return
    if answer.status != 200 or told:
        again = SCENARIOS[name](stage.deployment)
        done = again.status == 200 or (name in ONCE and again.json()["Code"] == ONCE[name])
        if not done:
            row.blame(f"{where}: the retry was answered {again.body[:200]}")
            return
    if (left := stage.left()) != right[1]:
        pack("torture")  # what is not erased at once is the packer's to erase, which every change wakes
        left = stage.left()
    if left != right[1]:
        row.blame(f"{where}: left {left} instead of {right[1]}")


def _documented(answer: Answered) -> bool:
    """Whether a single image or task failed for a reason that passes."""
    data = json.loads(answer.body).get("data", {})
    items = data if isinstance(data, list) else data.get("faceImageItems", []) if isinstance(data, dict) else []
    return any(item.get("code") in (480, 581, 592, 580, 587) for item in items)


_RANDOM = {"requestId", "RequestId", "taskId", "sessionId", "actions", "expiresAt", "url", "form", "Form"}
_RANDOM |= {"OssUploadToken", "accessKeyId", "accessKeySecret", "securityToken", "expiredTime", "uploadFolder"}


def _plain(answer: Answered) -> Any:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(each) for name, each in value.items() if name not in _RANDOM}
        return [without(each) for each in value] if isinstance(value, list) else value

    return without(json.loads(answer.body))


@contextmanager
def _without_waiting() -> Iterator[None]:
    from visage import table

    with mock.patch.object(table.time, "sleep", lambda _seconds: None):
        yield
