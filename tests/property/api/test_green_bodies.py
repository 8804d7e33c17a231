"""Whatever a body contains, an operation on persons and groups responds, never with an internal error."""

import json
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.support.events import green_event
from visage.access.clients import clients

FUNCTIONS = [
    *("add_person", "set_person", "get_person", "delete_person"),
    *("add_groups", "delete_groups", "get_groups", "get_persons"),
]
FIELDS = ["personId", "groupId", "groupIds", "name", "note", "currentPage", "pageSize", "cursor"]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ids = st.sampled_from(["ann", "bob", "staff", "guests", "a" * 32, "a" * 33, "a#b"])
values = st.recursive(scalars | ids, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner))
fitting = {
    **dict.fromkeys(("personId", "groupId"), ids),
    "groupIds": st.lists(ids, max_size=4),
    **dict.fromkeys(("currentPage", "pageSize"), st.integers(-1, 101) | st.integers().map(str)),
    **dict.fromkeys(("name", "note"), st.text()),
    "cursor": st.sampled_from(["", "YW5u"]) | st.text(),
}
bodies = st.fixed_dictionaries({}, optional={name: fitting[name] | values for name in FIELDS})


@pytest.fixture
def answer(deployment):
    client = clients().create("tests")

    def answer(function: str, body) -> dict:
        response = import_module(f"{function}.app").handler(green_event(client, "/green/sface", body), None)
        return json.loads(response["body"])

    return answer


@pytest.mark.parametrize("function", FUNCTIONS)
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies)
def test_any_object(answer, function, body):
    assert answer(function, body)["code"] in (200, 400, 404, 588)


@pytest.mark.parametrize("function", ["get_groups", "add_person"])
@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=values.map(json.dumps) | st.text() | st.text('{}[]":,\\u0dD8eE1-.', max_size=40))
def test_any_text(answer, function, body):
    told = answer(function, body)
    assert told["code"] in (200, 400)
    assert told["code"] == 200 or told["Code"] in ("InvalidParam.BodyNotJson", "InvalidParam.FieldInvalid")
