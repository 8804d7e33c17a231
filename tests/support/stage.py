"""An in-memory deployment whose functions are called with their roles' permissions, and concurrent activity in it."""

import io
import json
import time
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import oss2
import pytest
from PIL import Image

from demo.portraits import portraits
from tests.support import drops
from tests.support.events import green_event, rpc_event
from tests.support.oss import put_event
from tests.support.rights import Rights
from tests.template.document import functions
from visage import aws, table
from visage.access.clients import Client, clients
from visage.api.scans import async_scan
from visage.erasure import persons
from visage.errors import Reason, VisageError
from visage.gallery.index.container_cache import container_cache
from visage.gallery.persons import usage
from visage.gallery.persons.store import Library
from visage.jobs import callbacks, scans
from visage.media import drops as media_drops
from visage.settings import settings

_MODULES = {properties["Handler"].removesuffix(".app.handler"): name for name, properties in functions().items()}
OBAMA, AGAIN = "oss://visage-uploads/stage/obama.jpg", "oss://visage-uploads/stage/obama2.jpg"


class Stage:
    """A deployment with photos in its upload bucket, whose functions are called with their roles' permissions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rights = {module: Rights(name) for module, name in _MODULES.items()}
        self.library = Library("stage")
        self._client = clients().create("tests", library="stage")
        self._operator = clients().create("operator", ("ManageClients",))
        self._monkeypatch = monkeypatch
        for name in ("obama.jpg", "obama2.jpg"):
            image = Image.open(portraits() / name).convert("RGB")
            image.thumbnail((400, 400))
            out = io.BytesIO()
            image.save(out, "JPEG")
            aws.client("s3").put_object(Bucket="visage-uploads", Key=f"stage/{name}", Body=out.getvalue())

    def green(self, function: str, *, code: int = 200, **body: Any) -> Any:
        """The response's data; asserts its code."""
        return self._green(self._client, function, code, body)

    def operate(self, verb: str, **body: Any) -> Any:
        """A client, after an operator has done this to it."""
        return self._green(self._operator, "manage_clients", 200, {"operation": verb, **body}).get("client")

    def _green(self, client: Client, function: str, code: int, body: Mapping[str, Any]) -> Any:
        event = green_event(client, "/green", body, x_acs_signature_nonce=uuid.uuid4().hex)
        answer = json.loads(self._handler(function, event)["body"])
        assert answer["code"] == code, (function, answer)
        return answer.get("data")

    def rpc(self, function: str, action: str, **form: str) -> None:
        event = rpc_event(self._client, form, Action=action)
        assert json.loads(self._handler(function, event)["body"]).get("Code", "1") == "1"

    def put(self, path: str) -> None:
        """Put an image with OSS's own client."""
        auth = oss2.make_auth(self._client.id, self._client.secrets[0].value)
        event = put_event(auth, f"{self._client.own_library}/{path}", b"no image")
        assert self._handler("put_object", event)["statusCode"] == 200

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
        """A drop, the result of another one whose key was too long, and a search result that names the person."""
        puts = {
            f"enrol/{group_id}/{person_id}/late.jpg": b"-",
            "results/enrol/0123.json": json.dumps({"object": f"stage/enrol/{group_id}/{person_id}/long.jpg"}).encode(),
        }
        for key, content in puts.items():
            aws.client("s3").put_object(Bucket="visage-uploads", Key=f"stage/{key}", Body=content)
        body = {"scenes": ["sface-n"], "tasks": [{"url": AGAIN, "extras": {"groupId": group_id}}]}
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
                media_drops.write(done.result_key, done.known)  # by another runner, which then dies
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
        """Search in every possible way."""
        for function in ("search_person", "scan_image"):
            assert [entry["code"] for entry in self.look(function, group_id)] == [200]
        assert self.look_later(group_id) == [200]
        self.green("get_persons", groupId=group_id)

    def look(self, function: str, group_id: str) -> Any:
        return self.green(function, scenes=["sface-n"], tasks=[{"url": OBAMA, "extras": {"groupId": group_id}}])

    def look_later(self, group_id: str, url: str = OBAMA, **body: Any) -> list[int]:
        """Search with an asynchronous scan; return the result's code."""
        tasks = [{"url": url, "extras": {"groupId": group_id}}]
        (taken,) = self.green("scan_image_async", scenes=["sface-n"], tasks=tasks, **body)
        return self.run(taken)

    def run(self, *taken: Mapping[str, Any]) -> list[int]:
        """Run queued tasks and their callbacks; return the results' codes."""
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
        """A person deleted by somebody who left the images behind."""
        try:
            self.library.delete_person(person_id)
        except VisageError as error:
            assert error.reason is Reason.PERSON_UNKNOWN

    def drop(self, path: str, image: bytes, library: str = "stage") -> str:
        """The outcome of an object in the upload bucket."""
        (outcome,) = self._handler("on_upload", drops.drop(f"{library}/{path}", image))
        return outcome

    def gone_before_the_answer(self, person_id: str) -> None:
        """Somebody deletes the person just before the result of a drop is written."""
        answer = media_drops.answer

        def late(*arguments: Any) -> None:
            self._monkeypatch.setattr(media_drops, "answer", answer)
            with self.rights["on_upload"].unwatched():
                self.gone(person_id)
            answer(*arguments)

        self._monkeypatch.setattr(media_drops, "answer", late)

    def drop_of_who_leaves(self, path: str, image: bytes, person_id: str) -> str:
        self.gone_before_the_answer(person_id)
        return self.drop(path, image)

    def drop_overtaken(self, path: str, image: bytes, person_id: str) -> str:
        self.overtake("on_upload", person_id)
        return self.drop(path, image)

    def _handler(self, function: str, event: dict[str, Any]) -> Any:
        for kept in (clients, container_cache, usage._mark):
            kept.cache_clear()  # as in a new container
        with self.rights[function].watched():
            return import_module(f"{function}.app").handler(event, None)
