"""What functions log: no key, token, name, image or query, whatever is called and however it fails."""

import io
import json
import socket
import uuid
from importlib import import_module

import pytest

from tests.support.events import green_event, rpc_event
from tests.support.interleaving import watched
from visage.access.clients import clients
from visage.api import operation

pytestmark = pytest.mark.usefixtures("queues")

NAME, NOTE, IMAGE = "Zebedee Quill", "prefers-the-side-door", "base64://" + "QUJDREVGR0g" * 40
QUERY = "token-in-a-query"
URL = f"https://photos.test/a.jpg?{QUERY}=1"
PERSON = "person-of-the-log"
TEMPORARY = "session-token-of-a-client"


@pytest.fixture
def log(monkeypatch):
    def unknown(*_arguments, **_options):
        raise OSError("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    text = io.StringIO()
    monkeypatch.setattr(operation.logger.registered_handler, "stream", text)
    return text


def calls(client):
    """Every kind of request, with a secret in each field that accepts one."""
    person = {"personId": PERSON, "groupIds": ["staff"], "name": NAME, "note": NOTE}
    task = {"url": URL, "dataId": NAME, "extras": {"groupId": "staff", "faceUrl": IMAGE, "mine": NOTE}}
    bodies = {
        "add_person": person, "set_person": person, "get_person": person, "add_groups": person, "get_groups": {},
        "add_faces": {"personId": PERSON, "urls": [IMAGE, URL], "dataId": NAME},
        "get_faces": {"personId": PERSON}, "delete_faces": {"personId": PERSON, "faceIds": ["1"]},
        "detect_face": {"url": URL, "dataId": NAME}, "search_person": {"url": IMAGE, "groupId": "staff"},
        "scan_image": {"scenes": ["sface-1"], "tasks": [task]},
        "scan_image_async": {"scenes": ["sface-1"], "tasks": [task], "callback": URL, "seed": "seed_1"},
        "create_upload_credentials": {}, "create_liveness_session": {}, "delete_person": {"personId": PERSON},
        "verify_liveness": {"sessionId": "a" * 32, "urls": [IMAGE] * 8},
    }  # fmt: skip
    for function, body in bodies.items():
        nonce = {"x_acs_signature_nonce": uuid.uuid4().hex}
        yield function, green_event(client, "/green/sface", body, query={"ClientInfo": QUERY}, **nonce)
        yield function, green_event(client, "/green/sface", json.dumps(body)[:-1], **nonce)  # no JSON
        yield function, green_event(client, "/green/sface", body, secret="x" * 30, **nonce)
    form = {"SourceImageType": "FacePic", "SourceImageValue": IMAGE, "TargetImageType": "FacePic"}
    yield "rpc", rpc_event(client, {**form, "TargetImageValue": URL})
    yield "rpc", rpc_event(client, {**form, "TargetImageValue": URL, NAME: NOTE}, SecurityToken=TEMPORARY)


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "while AWS fails"])
def test_nothing_personal_and_no_secret_is_logged(log, capsys, broken):
    client = clients().create(NAME)
    secrets = {NAME, NOTE, IMAGE[9:60], QUERY, URL, PERSON, TEMPORARY, client.id, client.secrets[0].value, "seed_1"}

    def fail_late(name, parameters, call):
        call()
        raise RuntimeError(f"{name} failed over {parameters}")  # as a careless library words it

    answered = 0
    for function, event in calls(client):
        handler = import_module(f"{function}.app").handler
        if broken:
            with watched(fail_late):
                handler(event, None)
        else:
            handler(event, None)
        answered += 1
    told = log.getvalue() + "".join(capsys.readouterr())
    assert told.count('"answered"') == answered
    assert [secret for secret in secrets if secret in told] == []
    for header in ("Signature=", "acs LTAI", "Authorization"):
        assert header not in told
