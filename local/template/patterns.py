"""Event patterns: which records of a stream a function wants to see.

Of what Lambda knows, lists of literal values and of `{"prefix": ...}`, in any depth.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.template.intrinsics import TemplateError

Pattern = Mapping[str, Any]


def read_patterns(criteria: Mapping[str, Any], where: str) -> tuple[Pattern, ...]:
    """Of a `FilterCriteria`. Raises TemplateError naming `where` for what is no pattern, or of another kind."""
    patterns = []
    for entry in criteria.get("Filters", []):
        try:
            pattern = json.loads(entry["Pattern"])
        except ValueError:
            raise TemplateError(f"{where}.FilterCriteria: {entry['Pattern']} is no JSON") from None
        _check(pattern, where)
        patterns.append(pattern)
    return tuple(patterns)


def matches(record: Any, pattern: Pattern) -> bool:
    """Whether every field of the pattern has one of the values that it names."""
    return isinstance(record, Mapping) and all(
        _is_wanted(record.get(name), wanted) if isinstance(wanted, list) else matches(record.get(name), wanted)
        for name, wanted in pattern.items()
    )


def _is_wanted(value: Any, wanted: list[Any]) -> bool:
    return any(
        isinstance(value, str) and value.startswith(each["prefix"]) if isinstance(each, Mapping) else value == each
        for each in wanted
    )


def _check(pattern: Any, where: str) -> None:
    if not isinstance(pattern, Mapping):
        raise TemplateError(f"{where}.FilterCriteria: a pattern is an object whose values are objects or lists")
    for wanted in pattern.values():
        if not isinstance(wanted, list):
            _check(wanted, where)
        elif unknown := [each for each in wanted if isinstance(each, list | Mapping) and not _is_prefix(each)]:
            raise TemplateError(f"{where}.FilterCriteria: the local stack does not know {json.dumps(unknown[0])}")


def _is_prefix(rule: Any) -> bool:
    return isinstance(rule, Mapping) and list(rule) == ["prefix"] and isinstance(rule["prefix"], str)
