"""Generates docs/api.md from the OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parents[1] / "docs"
FILE = DOCS / "api.md"

_HEAD = """\
# API reference

Made by `python -m catalogue` from [openapi.yaml](openapi.yaml), which has every schema, bound and error. Errors:
[English](errors.md), [中文](errors.zh-CN.md). Official SDKs sign requests, and so does
`visage call ACTION field=value`.
"""
_LONGEST = 100
"""Maximum characters of a value in an example; image values are megabytes long."""


def content() -> str:
    document = yaml.safe_load((DOCS / "openapi.yaml").read_text(encoding="utf-8"))
    parts = [_HEAD]
    for tag in (each["name"] for each in document["tags"]):
        parts.append(f"## {tag}\n")
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    parts.extend(_operation(path, method, operation, document))
    return "\n".join(parts).rstrip() + "\n"


def _operation(path: str, method: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    where = f"`{method.upper()} {path.partition('#')[0]}`"
    yield f"### {operation['operationId']}\n"
    yield f"{where} {operation['summary']}\n"
    if described := operation.get("description"):
        yield f"{described}\n"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        rows = list(_fields(content["schema"], document))
        if rows:
            yield "\n".join(("| field | type | |", "|---|---|---|", *rows)) + "\n"
        for case in list(content.get("examples", {}).values())[:1]:
            yield f"```json\n{json.dumps(_short(case['value']), ensure_ascii=False)}\n```\n"


def _fields(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    schema = _resolved(schema, document)
    for name, each in schema.get("properties", {}).items():
        each, wanted = _resolved(each, document), name in schema.get("required", ())
        about = " ".join(filter(None, ("Required." if wanted else "", each.get("description", ""))))
        yield f"| `{name}` | {_kind(each, document)} | {about.replace('|', '/')} |"


def _kind(schema: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(_resolved(schema.get('items', {}), document), document)}"
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(_kind(_resolved(each, document), document) for each in options))
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    return f"{value[:40]}…" if isinstance(value, str) and len(value) > _LONGEST else value
