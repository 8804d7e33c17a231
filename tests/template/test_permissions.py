"""What each function may do: no more than it does."""

from typing import Any

import pytest

from tests.template.document import as_list, functions, of_type, properties, template

_VERIFY = {"ssm:GetParameter", "kms:Decrypt", "dynamodb:PutItem"}
_OBSERVE = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}

ACTIONS = {
    "RpcFunction": _VERIFY | _OBSERVE | {"s3:GetObject"},
    "CompareFacesFunction": _VERIFY | _OBSERVE | {"s3:GetObject"},
}
_CLIENTS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/visage/${AWS::StackName}/clients/*"


def statements(function: str) -> list[dict[str, Any]]:
    """Every statement of a function's role, from the policies inside it and those attached to it."""
    role = properties(functions()[function]["Role"]["Fn::GetAtt"][0])
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    documents += [properties(arn["Ref"])["PolicyDocument"] for arn in role["ManagedPolicyArns"]]
    return [statement for document in documents for statement in document["Statement"]]


def statement_for(action: str) -> dict[str, Any]:
    found = [statement for statement in statements("RpcFunction") if action in as_list(statement["Action"])]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("function", functions())
def test_a_function_may_do_exactly_what_it_does(function: str) -> None:
    assert {action for item in statements(function) for action in as_list(item["Action"])} == ACTIONS[function]
    assert all(item["Effect"] == "Allow" for item in statements(function))


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions().values()]
    assert len(set(roles)) == len(roles)


def test_only_traces_name_no_resource() -> None:
    roles = (role.get("Policies", []) for role in of_type("AWS::IAM::Role").values())
    documents = [policy["PolicyDocument"] for policies in roles for policy in policies]
    documents += [policy["PolicyDocument"] for policy in of_type("AWS::IAM::ManagedPolicy").values()]
    unnamed = [
        action
        for document in documents
        for statement in document["Statement"]
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    ]
    assert sorted(unnamed) == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


def test_no_action_is_a_pattern() -> None:
    assert not [action for actions in ACTIONS.values() for action in actions if "*" in action]


def test_roles_are_assumed_by_the_service_that_needs_them_alone() -> None:
    for name, role in of_type("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = "apigateway.amazonaws.com" if name == "ApiLogWriter" else "lambda.amazonaws.com"
        assert statement["Principal"] == {"Service": service}
        assert statement["Action"] == "sts:AssumeRole"


def test_client_keys_are_read_below_the_path_that_the_functions_are_given() -> None:
    path = template()["Globals"]["Function"]["Environment"]["Variables"]["VISAGE_CLIENT_PATH"]["Fn::Sub"]
    assert statement_for("ssm:GetParameter")["Resource"]["Fn::Sub"] == _CLIENTS
    assert _CLIENTS.endswith(f":parameter{path}*")
    assert template()["Outputs"]["ClientPath"]["Value"]["Fn::Sub"] == path


def test_a_key_of_kms_opens_client_keys_only_and_only_through_the_parameter_store() -> None:
    condition = statement_for("kms:Decrypt")["Condition"]
    assert condition["StringEquals"]["kms:ViaService"]["Fn::Sub"] == "ssm.${AWS::Region}.amazonaws.com"
    assert condition["StringLike"]["kms:EncryptionContext:PARAMETER_ARN"]["Fn::Sub"] == _CLIENTS


def test_of_the_table_the_operations_write_nonces_only() -> None:
    statement = statement_for("dynamodb:PutItem")
    assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["NONCE#*"]}}


def test_images_are_read_from_the_upload_bucket_only() -> None:
    assert statement_for("s3:GetObject")["Resource"] == {"Fn::Sub": "${UploadBucket.Arn}/*"}


@pytest.mark.parametrize("function", functions())
def test_a_function_writes_to_its_own_log_only(function: str) -> None:
    log = functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]
    written = [item for item in statements(function) if "logs:PutLogEvents" in as_list(item["Action"])]
    assert [item["Resource"] for item in written] == [{"Fn::GetAtt": [log, "Arn"]}]
