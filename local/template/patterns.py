"""Event patterns: which stream records a function receives.

Of Lambda's syntax, lists of literal values and of `{"prefix": ...}` are supported, at any depth.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.template.intrinsics import TemplateError

Pattern = Mapping[str, Any]


def read_patterns(criteria: Mapping[str, Any], where: str) -> tuple[Pattern, ...]:
    """Parse a `FilterCriteria`. Raises TemplateError naming `where` for an invalid or unsupported pattern."""
    patterns = []
    for entry in criteria.get("Filters", []):
        try:
            pattern = json.loads(entry["Pattern"])
        except ValueError:
            raise TemplateError(f"{where}.FilterCriteria: {entry['Pattern']} is not JSON") from None
        _check(pattern, where)
        patterns.append(pattern)
    return tuple(patterns)


def matches(record: Any, pattern: Pattern) -> bool:
    """Whether every field of the pattern has one of its accepted values."""
    return isinstance(record, Mapping) and all(
        _is_accepted(record.get(name), accepted) if isinstance(accepted, list) else matches(record.get(name), accepted)
        for name, accepted in pattern.items()
    )


def _is_accepted(value: Any, accepted: list[Any]) -> bool:
    return any(
        isinstance(value, str) and value.startswith(each["prefix"]) if isinstance(each, Mapping) else value == each
        for each in accepted
    )


def _check(pattern: Any, where: str) -> None:
    if not isinstance(pattern, Mapping):
        raise TemplateError(f"{where}.FilterCriteria: a pattern is an object whose values are objects or lists")
    for accepted in pattern.values():
        if not isinstance(accepted, list):
            _check(accepted, where)
        elif unknown := [each for each in accepted if isinstance(each, list | Mapping) and not _is_prefix(each)]:
            raise TemplateError(f"{where}.FilterCriteria: the local stack does not support {json.dumps(unknown[0])}")


def _is_prefix(rule: Any) -> bool:
    return isinstance(rule, Mapping) and list(rule) == ["prefix"] and isinstance(rule["prefix"], str)
