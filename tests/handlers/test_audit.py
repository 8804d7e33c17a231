"""The audit trail: every admitted call is recorded with the ids in it, and nothing of its images."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module

import pytest
from botocore.exceptions import ClientError

from cli.main import main
from tests.support.deployed import describe
from tests.support.events import green_event
from tests.support.interleaving import watched
from visage import aws
from visage.access import trail
from visage.access.clients import Secret, clients

pytestmark = pytest.mark.usefixtures("deployment")

EPOCH = datetime.fromtimestamp(0, UTC)


def records(library, **wanted):
    found = trail.read(library, EPOCH)
    return [each for each in found if all(getattr(each, name) == value for name, value in wanted.items())]


def of(record):
    return record.operation, record.outcome, {kind: sorted(ids) for kind, ids in record.ids.items()}


def test_a_read_is_recorded_once_with_the_persons_in_its_response(call, client):
    call("get_persons", groupId="office")
    (record,) = records(client.id)
    assert of(record) == ("GetPersons", "OK", {"groups": ["office"], "persons": ["biden", "obama"]})
    assert record.who == client.id and record.request


def test_a_change_is_recorded_before_and_after(call, client):
    call("delete_person", personId="obama")
    whom = {"persons": ["obama"]}
    assert [of(each) for each in records(client.id)] == [
        ("DeletePerson", "BEGUN", whom), ("DeletePerson", "OK", whom),
    ]  # fmt: skip


def test_a_refusal_is_recorded_with_its_reason(call, client):
    call("get_person", personId="nobody")
    assert [of(each) for each in records(client.id)] == [("GetPerson", "PERSON_UNKNOWN", {"persons": ["nobody"]})]


def test_an_unauthorised_call_is_in_the_log_and_not_in_the_trail(client):
    stranger = replace(client, secrets=(Secret("guessed"),))
    event = green_event(stranger, "/green/sface", {"personId": "obama"})
    assert import_module("get_person.app").handler(event, None)["statusCode"] == 400
    assert records(client.id) == []


def test_ids_in_the_request_leave_room_for_those_in_the_response(call, client):
    call("get_persons", groupId="office", more=[{"personIds": [f"{number:064}" for number in range(20_000)]}])
    (record,) = records(client.id)
    assert {"biden", "obama"} <= set(record.ids["persons"]) and record.outcome == "OK"
    many = {"personIds": [f"{number:064}" for number in range(20_000)]}
    call("scan_image", scenes=["liveness"], tasks=[{"url": "oss://none:none", "extras": many}])
    assert records(client.id, operation="ImageSyncScan")[0].outcome == "OK", "as answers repeat it"


def test_only_ids_are_recorded(call, client):
    call("set_person", personId="obama", name="Barack Hussein", note="secret note")
    call("add_faces", personId="obama", urls=["base64://aW1hZ2U="], dataId="a-name-for-it")
    call("get_person", personId="Barack Hussein")
    rows = aws.client("dynamodb").scan(TableName="visage-audit")["Items"]
    text = json.dumps(rows)
    assert len(rows) == 5
    assert not [word for word in ("Barack", "secret", "aW1hZ2U", "a-name", "base64") if word in text]
    assert {name for row in rows for name in row} <= {
        *("library", "at", "who", "operation", "request", "outcome", "expires"),
        *("persons", "groups", "faces", "tasks", "sessions"),
    }


def test_records_are_kept_for_the_configured_time(call, client):
    call("get_groups")
    (row,) = aws.client("dynamodb").scan(TableName="visage-audit")["Items"]
    at = datetime.fromisoformat(row["at"]["S"].partition(" ")[0]).timestamp()
    assert float(row["expires"]["N"]) - at == pytest.approx(365 * 86400, abs=5)


class Broken:
    """An audit table that refuses from its nth record on."""

    def __init__(self, after):
        self._left = after

    def __call__(self, operation, parameters, call):
        if operation == "PutItem" and parameters["TableName"] == "visage-audit":
            self._left -= 1
            if self._left < 0:
                raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
        return call()


def test_a_change_that_cannot_be_recorded_is_not_made(call, library):
    with watched(Broken(after=0)):
        assert call("delete_person", personId="obama")[0] == 500
    assert library.person("obama")


def test_a_response_that_cannot_be_recorded_is_not_sent(call):
    with watched(Broken(after=0)):
        assert call("get_person", personId="obama")[0] == 500


def test_records_are_only_added(call, client):
    """Two records of the same moment coexist."""
    record = trail.Record("acme", "LTAI", "GetPerson", "r-1", trail.OK)
    for _time in range(2):
        trail.write(record)
    assert len(records("acme")) == 2


# the command


@pytest.fixture
def audit(monkeypatch, capsys):
    describe(monkeypatch)

    def audit(*options):
        assert main(["audit", *options]) == 0
        return capsys.readouterr().out.splitlines()

    return audit


def test_the_command_shows_who_did_what_to_whom(audit):
    alice = clients().create("alice", library="acme")
    for person, library in (("ann", "acme"), ("ben", "acme"), ("ann", "other")):
        trail.write(trail.Record(library, alice.id, "GetPerson", "r-1", trail.OK, {"persons": [person]}))
    assert len(audit()) == 3
    (line,) = audit("--library", "acme", "--person", "ann")
    assert line.endswith(f"  acme  {alice.id}  GetPerson  OK  r-1  persons=ann")


def test_the_command_respects_since(audit):
    old = datetime(2026, 1, 2, tzinfo=UTC)
    trail.write(trail.Record("acme", "LTAI", "GetPerson", "r-1", trail.OK, time=old))
    assert audit("--since", "2h") == [] and len(audit("--since", "2026-01-02")) == 1


def test_an_invalid_time_is_refused(audit, capsys):
    assert main(["audit", "--since", "yesterday"]) == 2
    assert "--since is a span" in capsys.readouterr().err
