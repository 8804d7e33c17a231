"""Every handler on the rights of its role: what it asks of AWS is allowed, and for all that is allowed it asks.

Keys of KMS are used by SSM in the caller's name, and the stream is read by Lambda: no call of ours shows that.
"""

import io
import json
import time
import uuid
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from demo.portraits import portraits
from tests.events import green_event, rpc_event
from tests.rights import Rights
from tests.template.document import functions
from visage import aws
from visage.access.clients import clients
from visage.errors import Reason, VisageError
from visage.gallery import pack, purge, table
from visage.gallery.residents import residents
from visage.gallery.store import Library
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")

_MODULES = {properties["Handler"].removesuffix(".app.handler"): name for name, properties in functions().items()}
_OBAMA, _AGAIN = "oss://visage-uploads/obama.jpg", "oss://visage-uploads/obama2.jpg"
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
            aws.client("s3").put_object(Bucket="visage-uploads", Key=name, Body=out.getvalue())

    def green(self, function: str, *, code: int = 200, **body: Any) -> Any:
        """The answer's data; its code is as expected."""
        event = green_event(self._client, "/green", body, x_acs_signature_nonce=uuid.uuid4().hex)
        answer = json.loads(self._handler(function, event)["body"])
        assert answer["code"] == code, (function, answer)
        return answer.get("data")

    def rpc(self, function: str, action: str, **form: str) -> None:
        event = rpc_event(self._client, form, Action=action)
        assert "Data" in json.loads(self._handler(function, event)["body"])

    def pack(self) -> None:
        keys = {"pk": {"S": f"CHANGED#{self.library.name}"}}
        self._handler("pack_gallery", {"Records": [{"dynamodb": {"Keys": keys}}]})

    def purge(self) -> None:
        self._handler("purge_snapshots", {})

    def overtaken(self, function: str, code: int, **body: Any) -> None:
        """Somebody deletes the person just before the function's first write."""
        write = table.write

        def late(*_arguments: Any) -> bool:
            self._monkeypatch.setattr(table, "write", write)
            with self.rights[function].unwatched():
                self.gone(body["personId"])
            return False

        self._monkeypatch.setattr(table, "write", late)
        self.green(function, code=code, **body)

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
        self.green("get_persons", groupId=group_id)

    def look(self, function: str, group_id: str) -> Any:
        return self.green(function, scenes=["sface-n"], tasks=[{"url": _OBAMA, "extras": {"groupId": group_id}}])

    def gone(self, person_id: str) -> None:
        """Deleted by somebody who left the images behind."""
        try:
            self.library.delete_person(person_id)
        except VisageError as error:
            assert error.reason is Reason.PERSON_UNKNOWN

    def _handler(self, function: str, event: dict[str, Any]) -> Any:
        for kept in (clients, residents):
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


def test_handlers_may_do_what_they_do_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    in_two_hours = SimpleNamespace(time=lambda: time.time() + 7200)
    monkeypatch.setattr(purge, "time", in_two_hours)  # when what no edition names any more is old enough
    stage = Stage(monkeypatch)
    for scene in (show_faces, keep_persons, be_overtaken, pack_and_search):
        scene(stage)
    assert {name: rights.refused for name, rights in stage.rights.items() if rights.refused} == {}
    # It comes with `ReadGalleries`, but only who asks for a group by its name must be told that there is none.
    callers = ("add_faces", "pack_gallery", "purge_snapshots")
    spare = {(function, "dynamodb:GetItem", "GROUPS#*") for function in callers}
    assert {(function, *grant) for function, rights in stage.rights.items() for grant in rights.idle} == spare
