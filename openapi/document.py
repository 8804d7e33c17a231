"""Assembles the document."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local.template import intrinsics
from openapi import errors, examples
from openapi.green import GREEN
from openapi.operation import Operation
from openapi.rpc import RPC
from openapi.schemas import SHARED, VERSIONS, Schema, record, ref, text, whole
from visage.api.security.admission import CLOCK_SECONDS

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "openapi.yaml"

_ABOUT = f"""\
The face APIs of two products of Alibaba Cloud, answered from your own AWS account: 内容安全 (Green, the ROA style, a
path for each operation) and 实人认证 (Cloudauth, the RPC style, all operations on `/`, distinguished by `Action`; the
part of their paths here that begins with `#` is not sent).

Every request is signed: with ROA v1 or ACS3-HMAC-SHA256 (Green), with RPC v1 or ACS3-HMAC-SHA256 (Cloudauth). Official
clients do that. A signature is valid for {CLOCK_SECONDS // 60} minutes on either side of the server's clock, a nonce
for one request.

Errors have both products' formats. Green's errors that a client can correct have the status 200 and their `code`, as in
today's cloud; the statuses below are those of a deployment with `ErrorStatus=class`.

OSS clients upload images with `PUT` to the same host, in OSS's own dialect: docs/uploads.md.
"""

_HEADERS = {
    "Date": "Time of signing, as in `Sat, 28 Nov 2026 08:00:00 GMT`.",
    "Authorization": "`acs <AccessKeyId>:<signature>`, or ACS3's.",
    "x-acs-signature-nonce": "Unique to this request; optional in ROA v1.",
    "x-acs-signature-method": "`HMAC-SHA1`.",
    "x-acs-security-token": "Of temporary clients only.",
}
_QUERY = {
    "Timestamp": "Time of signing, as in `2026-11-28T08:00:00Z`.",
    "AccessKeyId": "",
    "Signature": "",
    "SignatureMethod": "`HMAC-SHA1`.",
    "SignatureVersion": "`1.0`.",
    "SignatureNonce": "Unique to this request.",
    "SecurityToken": "Of temporary clients only.",
    "RegionId": "Ignored.",
}
_OPTIONAL = {"SecurityToken", "RegionId", "x-acs-security-token", "x-acs-signature-nonce", "x-acs-signature-method"}
_ANSWER = {"requestId": text(), "code": whole(), "msg": text()}


def document() -> dict[str, Any]:
    """The document as plain data."""
    template = intrinsics.load((ROOT / "template.yaml").read_text())
    shared = {dialect: errors.common(dialect, errors.by_gateway(template)) for dialect in ("green", "rpc")}
    paths: dict[str, Any] = {}
    for function, properties in sorted(_functions(template).items()):
        dialect, action, traits = _declared(function)
        if dialect == "green":
            path = next(iter(_routes(properties)))
            paths[path] = {"post": _green(action, function, GREEN[action], traits, shared["green"])}
        elif dialect == "rpc":
            methods = [method.lower() for method in traits.get("methods", ("POST",))]
            operation = RPC[action]
            paths[f"/#Action={action}"] = {
                method: _rpc(action, function, operation, traits, method, shared["rpc"]) for method in methods
            }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Visage", "version": "1", "description": _ABOUT},
        "servers": [{"url": "http://127.0.0.1:3000", "description": "The local stack."}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in (*RPC.values(), *GREEN.values()))],
        "paths": paths,
        "components": {
            "schemas": {
                **SHARED,
                **_errors(),
                **{name: each for of in shared for name, each in errors.shared_schemas(of, shared[of]).items()},
            },
            "responses": {
                name: each for of in shared for name, each in errors.shared_responses(of, shared[of]).items()
            },
            "parameters": {
                **{f"Green{name}": _parameter("header", name, said) for name, said in _HEADERS.items()},
                **{name: _parameter("query", name, said) for name, said in _QUERY.items()},
            },
        },
    }


class _Plain(yaml.SafeDumper):
    """Writes YAML without anchors, and multi-line text as blocks."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Plain.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def content() -> str:
    """The file's text."""
    return "# Made by `make openapi` of the code; a test fails where it differs.\n" + _yaml(document())


def _functions(template: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of functions by folder name."""
    found = (each["Properties"] for each in template["Resources"].values() if each["Type"] == _FUNCTION)
    return {properties["Handler"].removesuffix(".app.handler"): properties for properties in found} | _BEHIND_RPC


_FUNCTION = "AWS::Serverless::Function"
_BEHIND_RPC: dict[str, Any] = {
    path.parent.name: {}
    for path in (ROOT / "functions").glob("*/app.py")
    if "@rpc_operation(\"" in path.read_text()
}  # fmt: skip
"""Operations that the front door "/" calls."""


def _routes(properties: Mapping[str, Any]) -> list[str]:
    events = properties.get("Events", {}).values()
    routes = [event["Properties"] for event in events if event["Type"] == "Api"]
    return [route["Path"] for route in routes if route["Method"] != "PUT"]  # PUT speaks OSS's dialect


def _declared(function: str) -> tuple[str, str, dict[str, Any]]:
    """A handler's dialect, action and other arguments of its decorator; empty for a handler that no client calls."""
    tree = ast.parse((ROOT / "functions" / function / "app.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "handler":
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name):
                    kind = decorator.func.id.removesuffix("_operation")
                    if kind in ("green", "rpc"):
                        traits = {each.arg or "": _literal(each.value) for each in decorator.keywords}
                        return kind, ast.literal_eval(decorator.args[0]), traits
    return "", "", {}


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        return node.id
    return None if isinstance(node, ast.Attribute) else ast.literal_eval(node)


def _green(
    action: str, function: str, operation: Operation, traits: Mapping[str, Any], shared: errors.Codes
) -> dict[str, Any]:
    cases = examples.bodies(function)
    body = {"schema": operation.takes, **({"examples": _cases(cases)} if cases else {})}
    flat = operation.answers.get("properties", {}) if traits.get("flat") else {}
    answer = record({**_ANSWER, **flat, "data": operation.answers}, ("requestId", "code", "msg", "data"))
    version = _parameter("header", "x-acs-version", "Or `Version` in the query.", {"enum": VERSIONS["Green"]})
    names = [{"$ref": f"#/components/parameters/Green{name}"} for name in _HEADERS]
    client = _parameter("query", "ClientInfo", "JSON about the end user; signed, and otherwise ignored.")
    return {
        **_head(action, operation),
        "parameters": [version, *names, client | {"required": False}],
        "requestBody": {
            "required": bool(operation.takes.get("required") or operation.takes.get("type") == "array"),
            "content": {"application/json": body},
        },
        "responses": {
            "200": {"description": "The result.", "content": {"application/json": {"schema": answer}}},
            **errors.responses("green", operation.refuses, shared),
        },
    }  # fmt: skip


def _rpc(
    action: str,
    function: str,
    operation: Operation,
    traits: Mapping[str, Any],
    method: str,
    shared: errors.Codes,
) -> dict[str, Any]:
    bare = traits.get("bare", False)
    envelope = {} if bare else {"Success": {"const": True}, "Code": text(enum=["1", "200"])}
    data = operation.answers["properties"] if bare else {"Data": operation.answers}
    answer = record({"RequestId": text(), **envelope, **data})
    system = [
        _parameter("query", "Action", "", {"const": action}),
        _parameter("query", "Version", "", {"enum": VERSIONS["Cloudauth"]}),
        _parameter("query", "Format", "Case-insensitive; anything but XML is JSON.", {"enum": ["JSON", "XML"]})
        | {"required": False},
        *({"$ref": f"#/components/parameters/{name}"} for name in _QUERY),
    ]  # fmt: skip
    properties, wanted = operation.takes["properties"], operation.takes.get("required", [])
    own = [_parameter("query", name, "", schema) | {"required": name in wanted} for name, schema in properties.items()]
    cases = examples.forms(function)
    form = {"schema": operation.takes, **({"examples": _cases(cases)} if cases else {})}
    takes: dict[str, Any] = {"parameters": [*system, *own]}
    if method == "post":
        body = {"required": bool(wanted), "content": {"application/x-www-form-urlencoded": form}}
        takes = {"parameters": system, **({"requestBody": body} if properties else {})}
    return {
        **_head(action if method == "post" else f"{action}Get", operation),
        **takes,
        "responses": {
            "200": {
                "description": "The result.",
                "content": {"application/json": {"schema": answer}, "text/xml": {"schema": {"type": "object"}}},
            },
            **errors.responses("rpc", operation.refuses, shared),
        },
    }


def _head(action: str, operation: Operation) -> dict[str, Any]:
    said = f"{operation.description} " if operation.description else ""
    items = ", ".join(sorted({f"{errors.TABLE[reason].green}" for reason in operation.items}, key=int))
    said += f"A single image or task in the response may fail on its own, with `code` {items}." if items else ""
    return {
        "operationId": action,
        "tags": [operation.tag],
        "summary": operation.summary,
        **({"description": said.strip()} if said else {}),
    }


def _parameter(place: str, name: str, said: str, schema: Schema | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": name not in _OPTIONAL,
        **({"description": said} if said else {}),
        "schema": {"type": "string", **(schema or {})} if "$ref" not in (schema or {}) else schema,
    }


def _cases(cases: Mapping[str, Any]) -> dict[str, Any]:
    return {case: {"value": value} for case, value in cases.items()}


def _errors() -> dict[str, Schema]:
    ours = {
        "code": whole("Green's code."), "msg": text(), "requestId": text(),
        "Code": text(), "Message": text(), "RequestId": text(), "HostId": text(),
    }  # fmt: skip
    named = record({"code": whole(), "msg": text(), "dataId": ref("DataId")}, ("code", "msg"))
    detail = text("What was wrong with this request, if the code does not say it.")
    return {
        "Error": record({**ours, "Detail": detail, "dataId": ref("DataId"), "data": named}, tuple(ours),
                        "An error, in both products' formats."),
        "XmlError": {"type": "object", "xml": {"name": "Error"}, "properties": {
            name: text() for name in ("RequestId", "HostId", "Code", "Message", "Detail")
        }},
    }  # fmt: skip
