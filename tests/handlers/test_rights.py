"""Every handler on the rights of its role: what it asks of AWS is allowed, and for all that is allowed it asks.

Keys of KMS are used by SSM in the caller's name, and the stream is read by Lambda: no call of ours shows that.
"""

import base64
import io
import json
import time
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from demo.portraits import portraits
from tests import drops
from tests.events import green_event, rpc_event
from tests.rights import Rights
from tests.template.document import functions
from visage import aws, table
from visage.access.clients import clients
from visage.api import async_scan
from visage.erasure import persons
from visage.errors import Reason, VisageError
from visage.gallery import pack, purge, usage
from visage.gallery.residents import residents
from visage.gallery.store import Library
from visage.jobs import callbacks, scans
from visage.media import drops as dropped
from visage.media import drops as media_drops
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("queues")

_MODULES = {properties["Handler"].removesuffix(".app.handler"): name for name, properties in functions().items()}
_OBAMA, _AGAIN = "oss://visage-uploads/stage/obama.jpg", "oss://visage-uploads/stage/obama2.jpg"
_PICTURE = {"Type": "FacePic", "Value": _OBAMA}


class Stage:
    """A deployment with photos in its upload bucket, whose functions are called on their roles' rights."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rights = {module: Rights(name) for module, name in _MODULES.items()}
        self.library = Library("stage")
        self._client = clients().create("tests", library="stage")
        self._monkeypatch = monkeypatch
        for name in ("obama.jpg", "obama2.jpg"):
            image = Image.open(portraits() / name).convert("RGB")
            image.thumbnail((400, 400))
            out = io.BytesIO()
            image.save(out, "JPEG")
            aws.client("s3").put_object(Bucket="visage-uploads", Key=f"stage/{name}", Body=out.getvalue())

    def green(self, function: str, *, code: int = 200, **body: Any) -> Any:
        """The answer's data; its code is as expected."""
        event = green_event(self._client, "/green", body, x_acs_signature_nonce=uuid.uuid4().hex)
        answer = json.loads(self._handler(function, event)["body"])
        assert answer["code"] == code, (function, answer)
        return answer.get("data")

    def rpc(self, function: str, action: str, **form: str) -> None:
        event = rpc_event(self._client, form, Action=action)
        assert json.loads(self._handler(function, event)["body"]).get("Code", "1") == "1"

    def pack(self) -> None:
        keys = {"pk": {"S": f"CHANGED#{self.library.name}"}}
        self._handler("pack_gallery", {"Records": [{"dynamodb": {"Keys": keys}}]})

    def purge(self) -> None:
        self._handler("purge_snapshots", {})

    def overtaken(self, function: str, code: int, **body: Any) -> None:
        """Somebody deletes the person just before the function's first write."""
        self.overtake(function, body["personId"])
        self.green(function, code=code, **body)

    def purge_expired(self) -> None:
        self._handler("purge_expired", {"id": "e-1"})

    def in_days(self, days: int) -> None:
        now, today = time.time() + days * 86_400, date.today() + timedelta(days=days)
        later = SimpleNamespace(time=lambda: now, monotonic=time.monotonic)
        self._monkeypatch.setattr(persons, "time", later)
        self._monkeypatch.setattr(usage, "today", lambda: today)

    def leave_traces(self, person_id: str, group_id: str) -> None:
        """A drop, what was said of another one, whose key was too long, and a search's result that names the person."""
        puts = {
            f"enrol/{group_id}/{person_id}/late.jpg": b"-",
            "results/enrol/0123.json": json.dumps({"object": f"stage/enrol/{group_id}/{person_id}/long.jpg"}).encode(),
        }
        for key, content in puts.items():
            aws.client("s3").put_object(Bucket="visage-uploads", Key=f"stage/{key}", Body=content)
        body = {"scenes": ["sface-n"], "tasks": [{"url": _AGAIN, "extras": {"groupId": group_id}}]}
        taken = async_scan.take(self.library.name, body, result_key=f"stage/results/scan/{person_id}.json")
        assert self.run(*taken) == [200]

    def overtake(self, function: str, person_id: str) -> None:
        write = table.write

        def late(*_arguments: Any) -> bool:
            self._monkeypatch.setattr(table, "write", write)
            with self.rights[function].unwatched():
                self.gone(person_id)
            return False

        self._monkeypatch.setattr(table, "write", late)

    def answer_callbacks(self, status: int) -> None:
        self._monkeypatch.setattr(callbacks, "push", lambda *_arguments: status)

    def gone_before_the_end(self, person_id: str) -> None:
        """Somebody deletes the person just when the next task is done."""
        finish = scans.finish

        def late(*arguments: Any) -> Any:
            self._monkeypatch.setattr(scans, "finish", finish)
            done = finish(*arguments)
            with self.rights["run_scan"].unwatched():
                self.gone(person_id)
                media_drops.write(done.result_key, done.known)  # by another who runs it, and dies then
            return done

        self._monkeypatch.setattr(scans, "finish", late)

    def vectors_from(self, faces: int) -> None:
        self._monkeypatch.setenv("VISAGE_VECTORS_FROM", str(faces))
        settings.cache_clear()

    def add(self, person_id: str, group_id: str, *urls: str) -> None:
        self.green("add_person", personId=person_id, groupIds=[group_id])
        if urls:
            self.green("add_faces", personId=person_id, urls=[*urls])

    def search(self, group_id: str) -> None:
        """In every way that there is."""
        for function in ("search_person", "scan_image"):
            assert [entry["code"] for entry in self.look(function, group_id)] == [200]
        assert self.look_later(group_id) == [200]
        self.green("get_persons", groupId=group_id)

    def look(self, function: str, group_id: str) -> Any:
        return self.green(function, scenes=["sface-n"], tasks=[{"url": _OBAMA, "extras": {"groupId": group_id}}])

    def look_later(self, group_id: str, url: str = _OBAMA, **body: Any) -> list[int]:
        """By an asynchronous scan: the result's code."""
        tasks = [{"url": url, "extras": {"groupId": group_id}}]
        (taken,) = self.green("scan_image_async", scenes=["sface-n"], tasks=tasks, **body)
        return self.run(taken)

    def run(self, *taken: Mapping[str, Any]) -> list[int]:
        """Lets queued tasks be run and told of; their results' codes."""
        for function, queue in (("run_scan", settings().scan_queue), ("deliver_callback", settings().callback_queue)):
            received = aws.client("sqs").receive_message(QueueUrl=queue, AttributeNames=["All"]).get("Messages", [])
            records = [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                }
                for message in received
            ]
            self._handler(function, {"Records": records})
            for message in received:
                aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        names, nonce = [each["taskId"] for each in taken], uuid.uuid4().hex
        event = green_event(self._client, "/green/image/results", names, x_acs_signature_nonce=nonce)
        return [entry["code"] for entry in json.loads(self._handler("get_scan_results", event)["body"])["data"]]

    def gone(self, person_id: str) -> None:
        """Deleted by somebody who left the images behind."""
        try:
            self.library.delete_person(person_id)
        except VisageError as error:
            assert error.reason is Reason.PERSON_UNKNOWN

    def drop(self, path: str, image: bytes, library: str = "stage") -> str:
        """What has come of an object in the upload bucket."""
        (outcome,) = self._handler("on_upload", drops.drop(f"{library}/{path}", image))
        return outcome

    def gone_before_the_answer(self, person_id: str) -> None:
        """Somebody deletes the person just before it is said what has come of a drop."""
        answer = media_drops.answer

        def late(*arguments: Any) -> None:
            self._monkeypatch.setattr(media_drops, "answer", answer)
            with self.rights["on_upload"].unwatched():
                self.gone(person_id)
            answer(*arguments)

        self._monkeypatch.setattr(media_drops, "answer", late)

    def drop_of_who_leaves(self, path: str, image: bytes, person_id: str) -> str:
        """Somebody deletes the person just before the result is written."""
        answer = dropped.answer

        def late(*arguments: Any) -> None:
            self._monkeypatch.setattr(dropped, "answer", answer)
            with self.rights["on_upload"].unwatched():
                self.gone(person_id)
            answer(*arguments)

        self._monkeypatch.setattr(dropped, "answer", late)
        return self.drop(path, image)

    def drop_overtaken(self, path: str, image: bytes, person_id: str) -> str:
        self.overtake("on_upload", person_id)
        return self.drop(path, image)

    def _handler(self, function: str, event: dict[str, Any]) -> Any:
        for kept in (clients, residents, usage._mark):
            kept.cache_clear()  # as in a new container
        with self.rights[function].watched():
            return import_module(f"{function}.app").handler(event, None)


def show_faces(stage: Stage) -> None:
    pair = {f"{side}Image{part}": value for side in ("Source", "Target") for part, value in _PICTURE.items()}
    for function in ("compare_faces", "rpc"):
        stage.rpc(function, "CompareFaces", **pair)
    for function in ("detect_face_attributes", "rpc"):
        stage.rpc(function, "DetectFaceAttributes", MaterialValue=_OBAMA)
    stage.green("detect_face", url=_OBAMA)


def grant_uploads(stage: Stage) -> None:
    stage.green("create_upload_credentials")
    actions = {
        "describe_oss_upload_token": "DescribeOssUploadToken",
        "describe_upload_info": "DescribeUploadInfo",
        "get_verify_token": "GetVerifyToken",
    }
    for function, action in actions.items():
        stage.rpc(function, action)
        stage.rpc("rpc", action)


def prove_to_be_live(stage: Stage) -> None:
    session = stage.green("create_liveness_session")["sessionId"]
    stage.green("verify_liveness", sessionId=session, urls=[_OBAMA] * 8)
    stage.green("verify_liveness", code=400, sessionId=session, urls=[_OBAMA] * 8)


def keep_persons(stage: Stage) -> None:
    stage.green("add_person", personId="ann", groupIds=["staff", "guests"])
    stage.green("get_groups")
    stage.green("get_person", personId="ann")
    stage.green("set_person", personId="ann", note="Reception")
    stage.green("delete_groups", personId="ann", groupIds=["guests"])
    stage.green("add_groups", personId="ann", groupIds=["guests"])
    stage.green("add_faces", personId="ann", urls=[_OBAMA])
    (face,) = stage.green("get_faces", personId="ann")["faceImageItems"]
    assert face["url"]
    stage.green("delete_faces", personId="ann", faceIds=[face["faceId"]])
    stage.green("add_faces", personId="ann", urls=[_AGAIN])
    stage.green("delete_person", personId="ann")


def be_overtaken(stage: Stage) -> None:
    stage.overtaken("add_person", 200, personId="cat", groupIds=["staff"])
    changes = {
        "set_person": (400, {"name": "Ben"}),
        "add_groups": (400, {"groupIds": ["guests"]}),
        "delete_groups": (400, {"groupIds": ["staff"]}),
        "delete_person": (400, {}),
        "add_faces": (200, {"urls": [_AGAIN]}),
    }
    for function, (code, body) in changes.items():
        stage.add("ben", "staff")
        stage.overtaken(function, code, personId="ben", **body)
    stage.add("ben", "staff", _OBAMA)
    stage.overtaken("delete_faces", 500, personId="ben", faceIds=[*stage.library.person("ben").faces])


def pack_and_search(stage: Stage) -> None:
    """With one packer and the other: a group that is new, then in a snapshot, then in an index; then two are gone."""
    for function in ("search_person", "scan_image"):
        assert [entry["code"] for entry in stage.look(function, "nobody")] == [404]
    stage.green("get_persons", groupId="nobody", code=404)
    for packer in (stage.pack, stage.purge):
        group = packer.__name__
        stage.vectors_from(1_000_000)
        stage.add("ann", group, _OBAMA)
        stage.search(group)
        pack.pack(stage.library.name)
        stage.search(group)
        stage.vectors_from(0)
        stage.add("ben", group, _AGAIN)
        packer()
        stage.search(group)
        stage.green("add_faces", personId="ben", urls=[_OBAMA])
        stage.gone("ann")
        stage.gone("ben")
        packer()


def search_later(stage: Stage) -> None:
    """With an image sent along, a receiver that takes no callback, a result to be written, and one who is gone."""
    stage.add("ann", "later", _OBAMA)
    image = aws.client("s3").get_object(Bucket="visage-uploads", Key="stage/obama.jpg")["Body"].read()
    stage.answer_callbacks(500)
    url = "base64://" + base64.b64encode(image).decode()
    assert stage.look_later("later", url, callback="http://receiver.test", seed="a") == [200]
    assert stage.look_later("nobody") == [404]
    body = {"scenes": ["sface-n"], "tasks": [{"url": _AGAIN, "extras": {"groupId": "later"}}]}
    taken = async_scan.take(stage.library.name, body, result_key="stage/results/a.json")
    stage.gone_before_the_end("ann")
    assert stage.run(*taken) == [594]


def take_drops(stage: Stage) -> None:
    """Good and bad ones of each kind; into a group that is new, then in a snapshot, then in an index."""
    s3 = aws.client("s3")
    image, again = (
        s3.get_object(Bucket="visage-uploads", Key=f"stage/{name}")["Body"].read()
        for name in ("obama.jpg", "obama2.jpg")
    )
    for kind in ("uploads", "enrol", "scan"):
        assert stage.drop(f"{kind}/bad.jpg", b"no image") in ("IMAGE_UNREADABLE", "FIELD_INVALID")
    assert stage.drop("uploads/good.jpg", image) == "GOOD"
    assert stage.drop("scan/sface-n/drops/door.jpg", image) == "QUEUED"
    assert stage.drop("enrol/drops/dora/1.jpg", image) == "ENROLLED"
    assert stage.drop("enrol/more/dora/1.jpg", image) == "ENROLLED"
    for faces, person_id in ((1_000_000, "eric"), (0, "fred")):
        stage.vectors_from(faces)
        pack.pack(stage.library.name)
        assert stage.drop(f"enrol/drops/{person_id}/1.jpg", image) == "ENROLLED"
    assert stage.drop_overtaken("enrol/drops/fred/2.jpg", again, "fred") == "PERSON_UNKNOWN"
    assert stage.drop_overtaken("enrol/drops/gwen/1.jpg", image, "gwen") == "ENROLLED"
    assert stage.drop_of_who_leaves("enrol/drops/hank/1.jpg", image, "hank") == "ENROLLED"


def erase(stage: Stage) -> None:
    """Somebody with drops and results, by each who erases; then one who has been of no use for long."""
    aws.client("sqs").purge_queue(QueueUrl=settings().scan_queue)  # of what was dropped to be scanned
    for function in ("delete_faces", "delete_person"):
        stage.add("hans", "erased", _OBAMA)
        stage.leave_traces("hans", "erased")
        body = {"faceIds": [*stage.library.person("hans").faces]} if function == "delete_faces" else {}
        stage.green(function, personId="hans", **body)
        stage.gone("hans")
    for person_id in ("abe", "abi"):  # the first that the purge comes upon
        stage.add(person_id, "erased", _OBAMA)
        stage.leave_traces(person_id, "erased")
        stage.in_days(400)
        if person_id == "abe":
            stage.overtake("purge_expired", person_id)
        stage.purge_expired()
        stage.in_days(0)
    image = aws.client("s3").get_object(Bucket="visage-uploads", Key="stage/obama.jpg")["Body"].read()
    stage.gone_before_the_answer("kim")
    assert stage.drop("enrol/erased/kim/1.jpg", image) == "ENROLLED"
    assert stage.drop("enrol/staff/kim/1.jpg", image, library="new") == "ENROLLED"
    assert not stage.library.persons(["hans", "abe", "abi", "kim"])


def test_handlers_may_do_what_they_do_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    in_two_hours = SimpleNamespace(time=lambda: time.time() + 7200)
    monkeypatch.setattr(purge, "time", in_two_hours)  # when what no edition names any more is old enough
    stage = Stage(monkeypatch)
    scenes = (show_faces, prove_to_be_live, grant_uploads, keep_persons, be_overtaken, pack_and_search, search_later)
    for scene in (*scenes, take_drops, erase):
        scene(stage)
    assert {name: rights.refused for name, rights in stage.rights.items() if rights.refused} == {}
    # It comes with `ReadGalleries`, but only who asks for a group by its name must be told that there is none.
    callers = ("add_faces", "pack_gallery", "purge_snapshots")
    spare = {(function, "dynamodb:GetItem", "GROUPS#*") for function in callers}
    # Lambda sends there, by the function's role, what it could not do.
    spare.add(("on_upload", "sqs:SendMessage", "arn:aws:sqs:eu-central-1:123456789012:upload-dead-letters"))
    assert {(function, *grant) for function, rights in stage.rights.items() for grant in rights.idle} == spare
