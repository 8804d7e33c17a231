"""The operations on persons and groups, in process, within one library."""

import calendar
import json
import time
from importlib import import_module
from types import SimpleNamespace

import pytest

from tests.conftest import ROOT
from tests.support.events import green_event
from tests.support.make_events import CLIENT, SIGNED_AT
from visage.access import nonces
from visage.access.clients import clients
from visage.api.security import admission
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library

OPERATIONS = {
    *("add_person", "set_person", "get_person", "delete_person"),
    *("add_groups", "delete_groups", "get_groups", "get_persons"),
}

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def client():
    return clients().create("tests")


@pytest.fixture
def call(client):
    """Call an operation; return its data, or Green's code and message if it was refused."""

    def call(function, _client=client, **body):
        response = import_module(f"{function}.app").handler(green_event(_client, "/green/sface", body), None)
        answer = json.loads(response["body"])
        return answer["data"] if answer["code"] == 200 else (answer["code"], answer["msg"])

    return call


@pytest.fixture
def ann(call):
    call("add_person", personId="ann", groupIds=["staff", "guests"], name="Ann", note="Reception")
    return "ann"


# --- the events -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_every_operation_answers_its_event(function, monkeypatch):
    signed_at = calendar.timegm(time.strptime(SIGNED_AT, "%Y-%m-%dT%H:%M:%SZ"))
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at))
    clients()._write(CLIENT)
    if function != "add_person":
        Library(CLIENT.id).add_person("ann", ["staff", "guests"])
    event = json.loads((ROOT / "events" / f"{function}.json").read_text())
    response = import_module(f"{function}.app").handler(event, None)
    answer = json.loads(response["body"])
    assert response["statusCode"] == answer["code"] == answer["data"]["code"] == 200


# --- persons ----------------------------------------------------------------------------------------------------------


def test_a_person_is_added_and_read(call):
    added = call("add_person", personId="ann", groupIds=["staff", "guests"], name="Ann", note="Reception 人")
    assert added == {"code": 200, "personId": "ann", "groupIds": ["staff", "guests"]}
    assert call("get_person", personId="ann") == {
        "code": 200,
        "personId": "ann",
        "name": "Ann",
        "groupIds": ["guests", "staff"],
        "faceIds": [],
        "note": "Reception 人",
    }


def test_name_and_note_are_not_needed(call):
    call("add_person", personId="ann", groupIds=["staff"])
    person = call("get_person", personId="ann")
    assert (person["name"], person["note"]) == ("", "")


def test_a_person_is_added_once(call, ann):
    assert call("add_person", personId=ann, groupIds=["staff"]) == (400, "The person is exist!")
    assert call("get_person", personId=ann)["groupIds"] == ["guests", "staff"]


@pytest.mark.parametrize("function", ["set_person", "get_person", "delete_person", "add_groups", "delete_groups"])
def test_an_unknown_person_is_refused(call, function):
    assert call(function, personId="nobody", groupIds=["staff"]) == (400, "The person is not exist!")


def test_omitted_fields_keep_their_values(call, ann):
    assert call("set_person", personId=ann, note="Front desk") == {"code": 200, "personId": ann}
    person = call("get_person", personId=ann)
    assert (person["name"], person["note"]) == ("Ann", "Front desk")
    call("set_person", personId=ann, name="")
    assert call("get_person", personId=ann)["name"] == ""


def test_a_person_is_deleted_once_with_its_images(call, client, ann):
    born = Library(client.id).person(ann).born
    images = FaceImages()
    for key in (image_key(client.id, born, "1"), image_key(client.id, "another", "2")):
        images.put(key, b"image", "image/jpeg")
    assert call("delete_person", personId=ann) == {"code": 200, "personId": ann, "deleteCount": 1}
    assert call("delete_person", personId=ann) == (400, "The person is not exist!")
    assert [*images._objects([f"{client.id}/"])] == [image_key(client.id, "another", "2")]


# --- groups -----------------------------------------------------------------------------------------------------------


def test_groups_are_created_with_persons_and_stay(call, ann):
    assert call("get_groups") == {"code": 200, "groupIds": ["guests", "staff"]}
    call("delete_person", personId=ann)
    assert call("get_groups")["groupIds"] == ["guests", "staff"]


def test_a_library_without_groups(call):
    assert call("get_groups") == {"code": 200, "groupIds": []}


def test_a_person_joins_groups_that_exist(call, ann):
    call("add_person", personId="bob", groupIds=["night"])
    joined = call("add_groups", personId=ann, groupIds=["night", "staff"])
    assert joined == {"code": 200, "personId": ann, "groupIds": ["guests", "night", "staff"]}


def test_a_person_joins_no_group_if_one_is_missing(call, ann):
    call("add_person", personId="bob", groupIds=["night"])
    code, message = call("add_groups", personId=ann, groupIds=["night", "day"])
    assert code == 404 and "day" in message
    assert call("get_person", personId=ann)["groupIds"] == ["guests", "staff"]
    assert "day" not in call("get_groups")["groupIds"]


def test_a_person_leaves_groups_and_those_it_is_not_in_are_no_error(call, ann):
    left = call("delete_groups", personId=ann, groupIds=["guests", "night"])
    assert left == {"code": 200, "personId": ann, "groupIds": ["staff"]}
    assert call("get_person", personId=ann)["groupIds"] == ["staff"]


def test_a_library_has_at_most_a_hundred_groups(call):
    call("add_person", personId="ann", groupIds=[f"g{n}" for n in range(100)])
    assert call("add_person", personId="bob", groupIds=["g100"])[0] == 588
    assert call("get_person", personId="bob") == (400, "The person is not exist!")


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_groups_persons_by_number_and_by_cursor(call):
    for number in range(5):
        call("add_person", personId=f"p{number}", groupIds=["staff"])
    call("add_person", personId="guest", groupIds=["guests"])
    first = call("get_persons", groupId="staff", pageSize=2)
    cursor = first.pop("nextCursor")
    assert first == {"code": 200, "personIds": ["p0", "p1"], "currentPage": 1, "pageSize": 2, "totalCount": 5}
    assert call("get_persons", groupId="staff", pageSize=2, currentPage=3)["personIds"] == ["p4"]
    call("delete_person", personId="p0")
    after = call("get_persons", groupId="staff", pageSize=2, cursor=cursor)
    assert (after["personIds"], after["totalCount"]) == (["p2", "p3"], 4)


def test_persons_of_an_unknown_group(call):
    assert call("get_persons", groupId="nowhere")[0] == 404


# --- libraries --------------------------------------------------------------------------------------------------------


def test_another_client_sees_nothing_of_a_library(call, ann):
    other = clients().create("other")
    assert call("get_person", other, personId=ann) == (400, "The person is not exist!")
    assert call("get_groups", other)["groupIds"] == []
    assert call("add_person", other, personId=ann, groupIds=["staff"])["code"] == 200


def test_clients_of_one_library_see_the_same(call, ann, client):
    partner = clients().create("partner", library=client.id)
    assert call("get_person", partner, personId=ann)["name"] == "Ann"


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_a_request_without_a_nonce_is_replayed_only_where_it_reads(function, client, ann, monkeypatch):
    event = green_event(client, "/green/sface", {"personId": ann, "groupId": "staff", "groupIds": ["staff"]})
    module = import_module(f"{function}.app")
    module.handler(event, None)
    later = time.time() + 61
    for edge in (admission, nonces):
        monkeypatch.setattr(edge, "time", SimpleNamespace(time=lambda: later))
    event["requestContext"]["requestId"] = "a replay"
    answer = json.loads(module.handler(event, None)["body"])
    assert (answer.get("Code") == "SignatureNonceUsed") == (not function.startswith("get_"))


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "body", "field"),
    [
        ("add_person", {"groupIds": ["g"]}, "personId"),
        ("add_person", {"personId": "ann"}, "groupIds"),
        ("add_person", {"personId": "ann", "groupIds": []}, "groupIds"),
        ("add_person", {"personId": "ann", "groupIds": ["g"], "name": 7}, "name"),
        ("add_person", {"personId": "ann", "groupIds": ["g"], "note": "x" * 1025}, "note"),
        ("set_person", {"personId": "a#b"}, "personId"),
        ("get_person", {}, "personId"),
        ("delete_person", {"personId": ["ann"]}, "personId"),
        ("add_groups", {"personId": "ann"}, "groupIds"),
        ("delete_groups", {"personId": "ann", "groupIds": "g"}, "groupIds"),
        ("get_persons", {}, "groupId"),
        ("get_persons", {"groupId": "g", "pageSize": 101}, "pageSize"),
        ("get_persons", {"groupId": "g", "cursor": "?"}, "cursor"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(call, function, body, field):
    code, message = call(function, **body)
    assert code == 400 and field in message


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_an_operation_needs_its_own_permission(call, function):
    action = "".join(word.title() for word in function.split("_"))
    allowed, others = clients().create("one", allow=(action,)), clients().create("none", allow=("CompareFaces",))
    assert call(function, others) == (596, "No permission to access our service.")
    assert call(function, allowed) != (596, "No permission to access our service.")


def test_ids_given_as_whole_numbers_are_text(call):
    call("add_person", personId=12345, groupIds=[7])
    assert call("get_person", personId="12345")["groupIds"] == ["7"]
    assert call("get_persons", groupId=7)["personIds"] == ["12345"]
