"""Error responses: those of the code's error table, and those of API Gateway."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from openapi.schemas import Schema
from visage.api.errors import TABLE
from visage.errors import Reason

COMMON = (
    *(Reason.UNKNOWN_VERSION, Reason.METHOD_NOT_ALLOWED, Reason.PARAMETER_REQUIRED, Reason.SIGNATURE_INCOMPLETE),
    *(Reason.SIGNATURE_MISMATCH, Reason.SIGNATURE_UNSUPPORTED, Reason.TIMESTAMP_MALFORMED, Reason.TIMESTAMP_EXPIRED),
    *(Reason.NONCE_USED, Reason.KEY_UNKNOWN, Reason.KEY_INACTIVE, Reason.TOKEN_REQUIRED, Reason.TOKEN_MISMATCH),
    *(Reason.TOKEN_EXPIRED, Reason.NOT_PERMITTED, Reason.OUT_OF_TIME, Reason.CONTENDED, Reason.INTERNAL),
    *(Reason.PAST_FRONT_DOOR, Reason.THROTTLED),
)
"""Reasons for which any operation may refuse a request."""
OF_DIALECT = {
    "green": (Reason.BODY_NOT_JSON, Reason.FIELD_INVALID),
    "rpc": (Reason.UNKNOWN_ACTION, Reason.BODY_MALFORMED, Reason.PARAMETER_REPEATED),
}

_PLACE = re.compile(r"\\\{\\\}")


Told = dict[tuple[str, int], str]
"""`Code` and Green's `code` → the message."""
Codes = dict[int, Told]
"""HTTP status → errors."""


def common(dialect: str, gateway: Codes) -> Codes:
    """Errors that any operation of a dialect may return."""
    found = codes((*COMMON, *OF_DIALECT[dialect]))
    for status, answers in gateway.items():
        found[status] = {**answers, **found.get(status, {})}
    return found


def codes(reasons: Iterable[Reason]) -> Codes:
    """These reasons on the wire."""
    found: Codes = defaultdict(dict)
    for reason in reasons:
        wire = TABLE[reason]
        found[wire.status][wire.code, wire.green] = wire.says or wire.message
    return dict(sorted(found.items()))


def responses(dialect: str, own: Iterable[Reason], shared: Codes) -> dict[str, Any]:
    """An OpenAPI response per status: an operation's own errors, and those that all operations share."""
    others, name = codes(own), dialect.capitalize()
    found: dict[str, Any] = {}
    for status in sorted({*shared, *others}):
        usual = f"{name}{status}"
        if status not in others:
            found[str(status)] = {"$ref": f"#/components/responses/{usual}"}
            continue
        options = [_schema(others[status])]
        if status in shared:
            options.append({"$ref": f"#/components/schemas/{usual}"})
        found[str(status)] = _response(others[status], {"anyOf": options}, dialect, usual if status in shared else "")
    return found


def shared_schemas(dialect: str, shared: Codes) -> dict[str, Schema]:
    return {f"{dialect.capitalize()}{status}": _schema(codes) for status, codes in shared.items()}


def shared_responses(dialect: str, shared: Codes) -> dict[str, Any]:
    name = dialect.capitalize()
    return {
        f"{name}{status}": _response(codes, {"$ref": f"#/components/schemas/{name}{status}"}, dialect)
        for status, codes in shared.items()
    }


def _response(told: Told, schema: Schema, dialect: str, usual: str = "") -> dict[str, Any]:
    lines = [f"- `{code}` ({green}) {text}".rstrip() for (code, green), text in sorted(told.items())]
    more = [f"\nOr any operation's: `{usual}`."] if usual else []
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if dialect == "rpc":
        content["text/xml"] = {"schema": {"$ref": "#/components/schemas/XmlError"}}
    return {"description": "\n".join([*lines, *more]).replace("{}", "…"), "content": content}


def _schema(told: Told) -> Schema:
    codes = sorted({code for code, _green in told})
    plain = [code for code in codes if "{}" not in code]
    patterns = ["^" + _PLACE.sub("[A-Za-z-]+", re.escape(code)) + "$" for code in codes if "{}" in code]
    named: list[Schema] = [{"enum": plain}, *({"pattern": pattern} for pattern in patterns)]
    numbers = sorted({green for _code, green in told})
    return {
        "allOf": [
            {"$ref": "#/components/schemas/Error"},
            {"properties": {"Code": {"anyOf": named} if patterns else named[0], "code": {"enum": numbers}}},
        ]
    }


def by_gateway(template: Mapping[str, Any]) -> Codes:
    """Errors that API Gateway itself returns for a request that has a route."""
    found: Codes = defaultdict(dict)
    for kind, response in template["Resources"]["Api"]["Properties"]["GatewayResponses"].items():
        if kind not in ("MISSING_AUTHENTICATION_TOKEN", "RESOURCE_NOT_FOUND", "INVALID_SIGNATURE"):
            answer = json.loads(re.sub(r"\$context\.\w+", "-", response["ResponseTemplates"]["application/json"]))
            found[response["StatusCode"]][answer["Code"], answer["code"]] = answer["msg"]
    return found
