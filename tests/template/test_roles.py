"""Roles: who takes one on, which keys it opens, and which a function shares with no other."""

from typing import Any

import pytest

from tests.template.document import as_list, certainly, functions, of_type, properties, statements_of, template
from tests.template.rights import CLIENTS, GRANTING, allowed, statements


def statement_for(action: str) -> dict[str, Any]:
    found = [statement for statement in statements("RpcFunction") if action in as_list(statement["Action"])]
    assert len(found) == 1
    return found[0]


def test_with_a_custom_key_every_function_may_decrypt_and_writers_may_encrypt() -> None:
    roles = {function: {"Ref": each["Role"]["Fn::GetAtt"][0]} for function, each in functions().items()}
    readers = map(certainly, properties("DecryptByKey")["Roles"])
    assert sorted(map(str, readers)) == sorted(map(str, roles.values()))
    stored = ("s3:PutObject", "s3vectors:PutVectors", "sqs:SendMessage")
    writers = {
        function
        for function in functions()
        if {action for item in statements(function) for action in as_list(item["Action"])}.intersection(stored)
    }
    assert sorted(map(str, properties("EncryptByKey")["Roles"])) == sorted(str(roles[name]) for name in writers)
    for name, action in (("DecryptByKey", "kms:Decrypt"), ("EncryptByKey", "kms:GenerateDataKey")):
        (statement,) = properties(name)["PolicyDocument"]["Statement"]
        assert (statement["Action"], statement["Resource"]) == (action, {"Ref": "KmsKeyArn"})
        assert "kms:ViaService" in statement["Condition"]["StringLike"]
        assert template()["Resources"][name]["Condition"] == "HasKmsKey"


def test_clients_are_written_by_one_function_that_only_some_deployments_have() -> None:
    writers = {name for name in functions() if "PutParameter" in {action for action, _ in allowed(name, "ssm")}}
    assert writers == {"ManageClientsFunction"}
    ((_, statement),) = [each for each in allowed("ManageClientsFunction", "ssm") if each[0] == "PutParameter"]
    assert statement["Resource"] == {"Fn::Sub": CLIENTS}
    for resource in ("ManageClientsFunction", "ManageClientsRole"):
        assert template()["Resources"][resource]["Condition"] == "HasOperators"
    assert template()["Parameters"]["OperatorKeys"]["Default"] == "false"


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions().values()]
    assert len(set(roles)) == len(roles)


def test_only_traces_and_network_interfaces_name_no_resource() -> None:
    roles = (role.get("Policies", []) for role in of_type("AWS::IAM::Role").values())
    documents = [policy["PolicyDocument"] for policies in roles for policy in policies]
    documents += [policy["PolicyDocument"] for policy in of_type("AWS::IAM::ManagedPolicy").values()]
    unnamed = [
        action
        for document in documents
        for statement in statements_of(document)
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    ]
    interfaces = {"AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface"}
    interfaces |= {"DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses"}
    assert sorted(unnamed) == [
        *(f"ec2:{action}" for action in sorted(interfaces)), "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    ]  # fmt: skip


def test_only_functions_that_fetch_or_call_back_can_join_a_vpc() -> None:
    roles = {name: function["Role"]["Fn::GetAtt"][0] for name, function in functions().items()}
    fetching = {name for name, role in roles.items() if {"Ref": "ReadUploads"} in properties(role)["ManagedPolicyArns"]}
    assert {name for name, function in functions().items() if "VpcConfig" in function} == (
        fetching | {"DeliverCallbackFunction"}
    )
    joining = [role["Ref"] for role in properties("JoinVpc")["Roles"]]
    assert sorted(joining) == sorted(roles[name] for name in fetching | {"DeliverCallbackFunction"})
    assert template()["Resources"]["JoinVpc"]["Condition"] == "InVpc"


def test_roles_are_assumed_only_by_the_service_that_needs_them() -> None:
    for name, role in of_type("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = "apigateway.amazonaws.com" if name == "ApiLogWriter" else "lambda.amazonaws.com"
        granting = [functions()[function]["Role"] for function in sorted(GRANTING, key=[*functions()].index)]
        assert statement["Principal"] == ({"AWS": granting} if name == "UploadRole" else {"Service": service})
        assert statement["Action"] == "sts:AssumeRole"


def test_the_upload_role_puts_what_clients_upload_into_the_upload_bucket_and_can_never_do_more() -> None:
    role = properties("UploadRole")
    assert role["ManagedPolicyArns"] == [role["PermissionsBoundary"]] == [{"Ref": "PutUploads"}]
    assert "Policies" not in role
    objects, key = properties("PutUploads")["PolicyDocument"]["Statement"]
    assert (objects["Effect"], objects["Action"]) == ("Allow", "s3:PutObject")
    kinds = ("uploads", "enrol", "scan")
    assert objects["Resource"] == [{"Fn::Sub": f"${{UploadBucket.Arn}}/*/{kind}/*"} for kind in kinds]
    assert objects["Condition"] == {"Bool": {"aws:SecureTransport": "true"}}
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert key["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com*"}}}


@pytest.mark.parametrize("function", functions())
def test_only_functions_that_grant_uploads_know_and_take_on_the_upload_role(function: str) -> None:
    assert [action for action, _statement in allowed(function, "sts")] == ["AssumeRole"] * (function in GRANTING)
    variables = functions()[function].get("Environment", {}).get("Variables", {})
    role = {"Fn::GetAtt": ["UploadRole", "Arn"]}
    assert variables.get("VISAGE_UPLOAD_ROLE") == (role if function in GRANTING else None)
    assert all(statement["Resource"] == role for _action, statement in allowed(function, "sts"))


def test_client_keys_are_read_below_the_path_that_the_functions_are_given() -> None:
    path = template()["Globals"]["Function"]["Environment"]["Variables"]["VISAGE_CLIENT_PATH"]["Fn::Sub"]
    assert statement_for("ssm:GetParameter")["Resource"]["Fn::Sub"] == CLIENTS
    assert CLIENTS.endswith(f":parameter{path}*")
    assert template()["Outputs"]["ClientPath"]["Value"]["Fn::Sub"] == path


def test_a_key_of_kms_opens_client_keys_only_and_only_through_the_parameter_store() -> None:
    condition = statement_for("kms:Decrypt")["Condition"]
    assert condition["StringLike"]["kms:ViaService"]["Fn::Sub"] == "ssm.${AWS::Region}.amazonaws.com*"
    assert condition["StringLike"]["kms:EncryptionContext:PARAMETER_ARN"]["Fn::Sub"] == CLIENTS
