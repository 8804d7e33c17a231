"""One call of each operation on a library with two persons, and what is left of it."""

import json
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any
from unittest import mock

from tests.support.library import fill_table, put_objects, save_objects, save_table
from torture.targets.caller import Answered
from torture.targets.deployment import Deployment

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


TASK = {"url": "photo:again", "extras": {"groupId": "staff"}}
SCENARIOS: dict[str, Scenario] = {
    "AddPerson": _green("AddPerson", personId="new", groupIds=["staff", "fresh"], name="New"),
    "SetPerson": _green("SetPerson", personId="ann", note="late"),
    "GetPerson": _green("GetPerson", personId="ann"),
    "DeletePerson": _green("DeletePerson", personId="ann"),
    "AddFaces": _green("AddFaces", personId="bob", urls=["photo:other"], dataId="first"),
    "GetFaces": _green("GetFaces", personId="ann"),
    "DeleteFaces": lambda deployment: deployment.green("DeleteFaces", {"personId": "ann", "faceIds": FACES}),
    "GetGroups": _green("GetGroups"),
    "GetPersons": _green("GetPersons", groupId="staff"),
    "AddGroups": _green("AddGroups", personId="bob", groupIds=["guests"]),
    "DeleteGroups": _green("DeleteGroups", personId="ann", groupIds=["guests"]),
    "SearchPerson": _green("SearchPerson", url="photo:again", groupId="staff"),
    "ImageSyncScan": _green("ImageSyncScan", scenes=["sface-n"], tasks=[TASK]),
    "ImageAsyncScan": _green("ImageAsyncScan", scenes=["sface-n"], tasks=[TASK]),
    "DetectFace": _green("DetectFace", url="photo:person"),
    "CreateLivenessSession": _green("CreateLivenessSession"),
    "UploadCredentials": _green("UploadCredentials"),
    "CompareFaces": lambda deployment: deployment.rpc("CompareFaces", {
        "SourceImageType": "FacePic", "SourceImageValue": deployment.photo("person"),
        "TargetImageType": "FacePic", "TargetImageValue": deployment.photo("again"),
    }),
    "DetectFaceAttributes": lambda deployment: deployment.rpc("DetectFaceAttributes", {
        "MaterialValue": deployment.photo("person"),
    }),
    "DescribeOssUploadToken": lambda deployment: deployment.rpc("DescribeOssUploadToken", {}),
    "DescribeUploadInfo": lambda deployment: deployment.rpc("DescribeUploadInfo", {}),
    "GetVerifyToken": lambda deployment: deployment.rpc("GetVerifyToken", {}),
    "ImageAsyncScanResults": lambda deployment: deployment.green("ImageAsyncScanResults", TASKS),
    "VerifyLiveness": lambda deployment: deployment.green("VerifyLiveness", {
        "sessionId": SESSIONS[0], "urls": [deployment.photo("person"), deployment.photo("again")] * 4,
    }),
    "SearchPerson, by vectors": _green("SearchPerson", url="photo:again", groupId="staff"),
    "ManageClients": lambda deployment: deployment.green("ManageClients", {
        "operation": "limit", "clientId": TILLS[0], "rate": 5, "daily": None,
    }),
}  # fmt: skip
SLOW = (
    *("CompareFaces", "DetectFace", "DetectFaceAttributes", "AddFaces", "SearchPerson", "SearchPerson, by vectors"),
    *("ImageSyncScan", "VerifyLiveness"),
)
"""Those that take networks."""
ONCE = {
    "AddPerson": "InvalidParam.PersonExists",
    "DeletePerson": "InvalidParam.PersonNotExists",
    "VerifyLiveness": "InvalidParam.SessionUsed",
}
"""What the contract answers who asks for the same again."""
TASKS: list[str] = []
"""Of the results that are asked for."""
SESSIONS: list[str] = []
"""The session that is to be verified."""
TILLS: list[str] = []
"""The client that is to be limited."""
FACES: list[str] = []
"""Ids of ann's faces."""


def operation(name: str) -> str:
    """Which one a scenario calls."""
    return name.partition(",")[0]


def _open_session(deployment: Deployment) -> None:
    from visage.liveness import sessions
    from visage.liveness.actions import Action

    with mock.patch.object(sessions, "draw", lambda _count: (Action.BLINK, Action.SHAKE)):
        SESSIONS[:] = [deployment.green("CreateLivenessSession", {}).json()["data"]["sessionId"]]


def _index_vectors(_deployment: Deployment) -> None:
    from visage.gallery.upkeep.pack import pack
    from visage.settings import settings

    with mock.patch.dict(os.environ, VISAGE_VECTORS_FROM="0"):
        settings.cache_clear()
        for _ in range(4):  # each does a step of a filling
            pack("torture")
    settings.cache_clear()


_READY = {"VerifyLiveness": _open_session, "SearchPerson, by vectors": _index_vectors}
"""What comes before a scenario."""


class Stage:
    """A deployment that begins each time in the same state: ann with a face in two groups, bob without one in one."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        for person, groups, photo in (("ann", ["staff", "guests"], "person"), ("bob", ["staff"], None)):
            assert deployment.green("AddPerson", {"personId": person, "groupIds": groups}).status == 200
            if photo:
                added = deployment.green("AddFaces", {"personId": person, "urls": [deployment.photo(photo)]}).json()
                FACES[:] = [str(item["faceId"]) for item in added["data"]["faceImageItems"]]
        assert deployment.green("AddGroups", {"personId": "bob", "groupIds": ["guests"]}).status == 200
        assert deployment.green("DeleteGroups", {"personId": "bob", "groupIds": ["guests"]}).status == 200
        made = deployment.green("ManageClients", {"operation": "create", "name": "till", "allow": ["*"]}).json()
        TILLS[:] = [made["data"]["client"]["clientId"]]
        TASKS[:] = [self._scanned()]
        self.keep()

    def _scanned(self) -> str:
        """The id of a task that is done."""
        answer = SCENARIOS["ImageAsyncScan"](self.deployment).json()["data"][0]
        body = json.dumps({"library": "torture", "taskId": answer["taskId"]})
        record = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
        assert not import_module("run_scan.app").handler({"Records": [record]}, None)["batchItemFailures"]
        return answer["taskId"]

    def keep(self) -> None:
        """Begin as it is now from here on."""
        self._rows, self._objects = save_table(), save_objects()

    def begin(self, name: str = "") -> None:
        """As it was kept, and ready for the scenario of this name."""
        from visage import aws
        from visage.access.clients import clients
        from visage.gallery.index.container_cache import container_cache
        from visage.gallery.persons import usage
        from visage.settings import settings

        fill_table(self._rows)
        objects = save_objects()
        for bucket, key in (name for name in objects if self._objects.get(name) != objects[name]):
            aws.client("s3").delete_object(Bucket=bucket, Key=key)
        put_objects({name: content for name, content in self._objects.items() if objects.get(name) != content})
        for url in (settings().scan_queue, settings().callback_queue):
            _empty(url)
        self.deployment.vectors.buckets["visage-vectors"] = {}
        for cached in (container_cache, clients, usage._mark):
            cached.cache_clear()
        if name in _READY:
            _READY[name](self.deployment)
            for cached in (container_cache, clients, usage._mark):
                cached.cache_clear()

    def left(self) -> dict[str, Any]:
        """All that a client can ever see of persons, without what is random."""
        from visage.gallery.persons.store import Library

        library = Library("torture")
        persons = library.persons(["ann", "bob", "new"])
        return {
            "groups": library.groups(),
            "persons": {
                person.id: (person.name, person.note, sorted(person.groups), len(person.faces))
                for person in persons.values()
            },
            "images": sum(bucket == "visage-faces" for bucket, _key in save_objects()),
        }


def _empty(url: str) -> None:
    """Without PurgeQueue, which may be called once a minute."""
    from visage import aws

    sqs = aws.client("sqs")
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
