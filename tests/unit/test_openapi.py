"""The OpenAPI document agrees with the code."""

import json
from urllib.parse import parse_qsl

import jsonschema
import pytest

from openapi import document, errors
from tests.conftest import ROOT
from tests.template.document import functions
from visage.api.errors import TABLE
from visage.errors import Reason

DOCUMENT = document.document()
EVENTS = sorted((ROOT / "events").glob("*.json"))


def schema_of(schema):
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_the_checked_in_document_is_current():
    assert document.FILE.read_text() == document.content(), "run `make openapi`"


def test_every_route_and_every_action_is_in_it():
    routed = {path for each in functions().values() for path in document._routes(each)} - {"/"}
    assert {path for path in DOCUMENT["paths"] if "#" not in path} == routed
    from rpc.app import MODULES

    assert {path.partition("#Action=")[2] for path in DOCUMENT["paths"] if "#" in path} == {*MODULES}


def test_every_reason_is_documented_somewhere():
    known = {*errors.COMMON, *errors.OF_DIALECT["green"], *errors.OF_DIALECT["rpc"]}
    for operation in (*document.GREEN.values(), *document.RPC.values()):
        known |= {*operation.refuses, *operation.items}
    assert {*Reason} - known == set() and {*TABLE} == {*Reason}


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_every_event_is_valid_for_the_document(file):
    event = json.loads(file.read_text())
    path = event.get("path", "")
    if path == "/":
        form = dict(parse_qsl(event["body"] or "", keep_blank_values=True))
        action = DOCUMENT["paths"].get(f"/#Action={event['queryStringParameters']['Action']}")
        if action is None or file.stem == "compare_faces.local_path":
            return  # made to be refused
        content = action["post"].get("requestBody", {}).get("content", {})
        schema = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
        schema_of(schema).validate(form)
    elif path and event["httpMethod"] == "POST":
        schema = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        schema_of(schema).validate(json.loads(event["body"] or "{}"))


def test_all_references_resolve():
    pending, seen = [DOCUMENT], set()
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                seen.add(value["$ref"])
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    for reference in seen:
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in DOCUMENT["components"][kind]
    names = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert names - seen == set(), "nobody asks for these"
