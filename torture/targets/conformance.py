"""Whether an answer is one that docs/openapi.yaml declares."""

import json
from functools import cache
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import yaml

from openapi.document import FILE


@cache
def document() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())


@cache
def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """By operationId: path, method and operation."""
    return {
        operation["operationId"]: (path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


@cache
def _validator(operation: str, status: int) -> jsonschema_rs.Draft202012Validator | None:
    declared = operations()[operation][2]["responses"].get(str(status))
    if declared is None:
        return None
    if "$ref" in declared:
        declared = document()["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    schema = declared["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": document()["components"]})


def fault(operation: str, status: int, body: str) -> str:
    """What is wrong with an answer; "" where nothing is."""
    validator = _validator(operation, status)
    if validator is None:
        return f"the status {status} is not declared"
    if body.startswith("<"):
        return _xml_fault(status, body)
    try:
        content = json.loads(body)
    except ValueError:
        return "the answer is no JSON"
    error = next(iter(validator.iter_errors(content)), None)
    return f"the answer breaks its schema: {error.message[:200]}" if error else ""


def _xml_fault(status: int, body: str) -> str:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return "the answer is no XML"
    if status == 200:
        return "" if root.tag.endswith("Response") else f"the XML's root is {root.tag}"
    wanted = {"RequestId", "HostId", "Code", "Message"}
    return "" if root.tag == "Error" and wanted <= {each.tag for each in root} else "the XML is no error"
