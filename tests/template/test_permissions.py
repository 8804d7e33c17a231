"""The permissions of each function: no more than it uses."""

import re
from typing import Any

import pytest

from tests.template.document import as_list, functions, template
from tests.template.rights import (
    ALL,
    CALL,
    CALLED,
    MESSAGES,
    NOT_CALLED,
    OBJECTS,
    ROWS,
    TRAIL,
    UPLOADS,
    VECTORS,
    allowed,
    statements,
)


def resource(action: str, bucket: str) -> dict[str, Any]:
    """A bucket is listed, and its objects, or those below a prefix, are read and written."""
    name, _slash, below = bucket.partition("/")
    if name == UPLOADS:
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}{'/*' if below else ''}"}
    objects = {"Fn::Sub": f"${{{name}.Arn}}/{below}{'/*' if below else '*'}"}
    return {"Fn::GetAtt": [bucket, "Arn"]} if action == "ListBucket" else objects


@pytest.mark.parametrize("function", functions())
def test_a_function_can_add_to_the_audit_trail_and_neither_read_nor_change_it(function: str) -> None:
    given = [action for action, statement in allowed(function, "dynamodb") if statement["Resource"] == TRAIL]
    silent = NOT_CALLED - {"PurgeExpiredFunction", "OnUploadFunction"}
    assert given == ([] if function in silent else ["PutItem"])


@pytest.mark.parametrize("function", functions())
def test_a_function_may_do_exactly_what_it_does(function: str) -> None:
    actions = {action for item in statements(function) for action in as_list(item["Action"])}
    others = {action for action in actions if not action.startswith(("dynamodb:", "s3:", "s3vectors:", "sqs:", "sts:"))}
    more = {"ssm:PutParameter", "kms:Encrypt"} if function == "ManageClientsFunction" else set()
    assert others == (ALL if function in NOT_CALLED else ALL | CALLED | more)
    assert all(item["Effect"] == "Allow" for item in statements(function))


@pytest.mark.parametrize("function", functions())
def test_a_function_touches_only_its_kinds_of_rows(function: str) -> None:
    rows = set()
    for action, statement in allowed(function, "dynamodb"):
        if statement["Resource"] in ({"Fn::GetAtt": ["Table", "StreamArn"]}, TRAIL):
            continue
        assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
        (keys,) = statement["Condition"]["ForAllValues:StringLike"].values()
        assert list(statement["Condition"]["ForAllValues:StringLike"]) == ["dynamodb:LeadingKeys"]
        assert all(re.fullmatch(r"[A-Z]+#\*", key) for key in keys)
        rows |= {(action, key.removesuffix("#*")) for key in keys}
    assert rows == (ROWS[function] if function in NOT_CALLED else ROWS[function] | CALL)


def test_only_the_packer_reads_the_tables_stream() -> None:
    readers = {
        (function, action)
        for function in functions()
        for action, statement in allowed(function, "dynamodb")
        if statement["Resource"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    }
    actions = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    assert readers == {("PackGalleryFunction", action) for action in actions}


@pytest.mark.parametrize("function", functions())
def test_a_function_touches_only_its_own_objects(function: str) -> None:
    given = [(action, each) for action, statement in allowed(function, "s3") for each in as_list(statement["Resource"])]
    wanted = [(action, resource(action, bucket)) for action, bucket in OBJECTS.get(function, ())]
    assert sorted(given, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("function", functions())
def test_a_function_searches_or_fills_the_indexes_of_the_vector_bucket_or_neither(function: str) -> None:
    given = allowed(function, "s3vectors")
    assert sorted(action for action, _statement in given) == sorted(VECTORS.get(function, ()))
    for _action, statement in given:
        assert statement["Resource"] == {"Fn::Sub": "${VectorBucket.VectorBucketArn}/index/*"}


@pytest.mark.parametrize("function", functions())
def test_a_function_sends_and_takes_only_its_own_messages(function: str) -> None:
    given = {(action, statement["Resource"]["Fn::GetAtt"][0]) for action, statement in allowed(function, "sqs")}
    assert given == MESSAGES.get(function, set())


@pytest.mark.parametrize("function", functions())
def test_no_action_is_a_pattern(function: str) -> None:
    assert not [action for item in statements(function) for action in as_list(item["Action"]) if "*" in action]


@pytest.mark.parametrize("function", functions())
def test_a_function_writes_to_the_functions_log_only(function: str) -> None:
    log = template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"]["Ref"]
    written = [item for item in statements(function) if "logs:PutLogEvents" in as_list(item["Action"])]
    assert [item["Resource"] for item in written] == [{"Fn::GetAtt": [log, "Arn"]}]
