"""Filters of event sources: which records reach a function."""

import pytest

from local.template.intrinsics import TemplateError
from local.template.patterns import matches, read_patterns

RECORD = {"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": "CHANGED#acme"}, "n": {"N": "1"}}}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({}, True),
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["REMOVE", "INSERT"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"eventName": []}, False),
        ({"absent": ["INSERT"]}, False),
        ({"eventName": {"deeper": ["INSERT"]}}, False),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "CHANGED#"}]}}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": ["else", {"prefix": "CHANGED#"}]}}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "PERSON#"}]}}}}, False),
        ({"dynamodb": {"Keys": {"sk": {"S": [{"prefix": ""}]}}}}, False),
        ({"dynamodb": [{"prefix": "CHANGED#"}]}, False),
        ({"eventName": ["INSERT"], "dynamodb": {"Keys": {"n": {"N": ["2"]}}}}, False),
    ],
)
def test_a_record_matches_when_every_field_has_a_wanted_value(pattern: dict, expected: bool) -> None:
    assert matches(RECORD, pattern) is expected


def test_patterns_are_json_in_the_template() -> None:
    assert read_patterns({"Filters": [{"Pattern": '{"a":["b"]}'}, {"Pattern": "{}"}]}, "F") == ({"a": ["b"]}, {})
    assert read_patterns({}, "F") == ()


@pytest.mark.parametrize(
    "pattern",
    ["{", "[]", '{"a": "b"}', '{"a": [{"suffix": "b"}]}', '{"a": [{"exists": true}]}', '{"a": {"b": [["c"]]}}',
     '{"a": [{"prefix": 1}]}', '{"$or": [{"a": ["b"]}]}'],
)
def test_what_is_not_known_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(TemplateError, match="Events.Changes"):
        read_patterns({"Filters": [{"Pattern": pattern}]}, "Events.Changes")
