"""The permissions of each function: no more than it uses."""

import re
from typing import Any

import pytest

from tests.template.document import (
    as_list,
    attached,
    certainly,
    functions,
    of_type,
    properties,
    statements_of,
    template,
)

ALL = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""What every function may do besides the rows and objects that it uses."""
CALLED = {"ssm:GetParameter", "ssm:GetParametersByPath", "kms:Decrypt"}
"""Permissions of every function that clients call."""
NOT_CALLED = {
    *("PackGalleryFunction", "PurgeSnapshotsFunction", "PurgeExpiredFunction"),
    *("OnUploadFunction", "RunScanFunction", "DeliverCallbackFunction"),
}
GRANTING = {
    *("RpcFunction", "CreateUploadCredentialsFunction"),
    *("DescribeOssUploadTokenFunction", "DescribeUploadInfoFunction", "GetVerifyTokenFunction"),
}
"""Functions that grant uploads, and so assume the upload role."""
_UPLOADS = "${AWS::StackName}-uploads-${AWS::AccountId}-${AWS::Region}"
"""The upload bucket by its name: the bucket depends on the function, so a reference would be circular."""
_DROPS = ("uploads", "enrol", "scan", "results")
_SNAPSHOTS = {("GetObject", "SnapshotBucket"), ("ListBucket", "SnapshotBucket")}
_PACKER = _SNAPSHOTS | {
    *(("PutObject", "SnapshotBucket"), ("DeleteObject", "SnapshotBucket")),
    *(("DeleteObject", "FaceBucket"), ("ListBucket", "FaceBucket")),
}
_FORGET = {(action, "UploadBucket/*/results") for action in ("GetObject", "DeleteObject")}
_DELETE = _FORGET | {
    *(("ListBucket", "FaceBucket"), ("DeleteObject", "FaceBucket"), ("ListBucket", "UploadBucket")),
    *(("DeleteObject", "UploadBucket/*/enrol"), ("GetObject", "UploadBucket/*/results/enrol")),
}
OBJECTS = {
    "RpcFunction": {("GetObject", "UploadBucket")},
    "CompareFacesFunction": {("GetObject", "UploadBucket")},
    "DetectFaceFunction": {("GetObject", "UploadBucket")},
    "DetectFaceAttributesFunction": {("GetObject", "UploadBucket")},
    "VerifyLivenessFunction": {("GetObject", "UploadBucket")},
    "GetPersonsFunction": _SNAPSHOTS,
    "AddFacesFunction": {
        *(("GetObject", "UploadBucket"), ("PutObject", "FaceBucket"), ("DeleteObject", "FaceBucket")),
        *_SNAPSHOTS,
    },
    "GetFacesFunction": {("GetObject", "FaceBucket")},
    "DeletePersonFunction": _DELETE,
    "PurgeExpiredFunction": _DELETE,
    "DeleteFacesFunction": {("DeleteObject", "FaceBucket"), ("ListBucket", "UploadBucket"), *_FORGET},
    "SearchPersonFunction": {("GetObject", "UploadBucket"), *_SNAPSHOTS},
    "ScanImageFunction": {("GetObject", "UploadBucket"), *_SNAPSHOTS},
    "ScanImageAsyncFunction": {("PutObject", "UploadBucket/*/inline")},
    "RunScanFunction": {
        *(("GetObject", "UploadBucket"), *_SNAPSHOTS, ("DeleteObject", "UploadBucket/*/inline")),
        *(("PutObject", "UploadBucket/*/results"), ("DeleteObject", "UploadBucket/*/results")),
        ("ListBucket", "UploadBucket"),
    },
    "OnUploadFunction": {
        *((action, f"{_UPLOADS}/*/{kind}") for action in ("GetObject", "DeleteObject") for kind in _DROPS),
        *(("PutObject", f"{_UPLOADS}/*/results"), ("ListBucket", _UPLOADS)),
        *(("PutObject", "FaceBucket"), ("DeleteObject", "FaceBucket"), *_SNAPSHOTS),
    },
    "PutObjectFunction": {("PutObject", f"UploadBucket/*/{kind}") for kind in ("uploads", "enrol", "scan")},
    "PackGalleryFunction": _PACKER,
    "PurgeSnapshotsFunction": _PACKER,
}
"""Which objects of which bucket a function may touch, and how; the others touch none."""
_CHANGE = {("GetItem", "PERSON"), ("PutItem", "PERSON"), ("GetItem", "CHANGED"), ("UpdateItem", "CHANGED")}
_READ = {("Query", "CHANGED"), ("GetItem", "GALLERY"), ("GetItem", "GROUPS"), ("BatchGetItem", "PERSON")}
_PACK = _READ | {
    *(("PutItem", "GALLERY"), ("Query", "GALLERY"), ("DeleteItem", "CHANGED")),
    *(("GetItem", "INDEX"), ("UpdateItem", "INDEX")),
}
_TASKS = {("Query", "JOBS"), ("UpdateItem", "JOBS")}
_ERASE = _TASKS | {
    *(("GetItem", "PERSON"), ("DeleteItem", "PERSON"), ("GetItem", "CHANGED"), ("UpdateItem", "CHANGED")),
    *(("DeleteItem", "USED"), ("UpdateItem", "GONE")),
}
_FOUND = {("GetItem", "GROUPS"), ("UpdateItem", "GROUPS"), ("PutItem", "LIBRARIES"), ("PutItem", "USED")}
_MARK = {("UpdateItem", "USED")}
ROWS = {
    "RpcFunction": set(),
    "CompareFacesFunction": set(),
    "DetectFaceFunction": set(),
    "DetectFaceAttributesFunction": set(),
    "CreateLivenessSessionFunction": {("PutItem", "SESSION")},
    "VerifyLivenessFunction": {("UpdateItem", "SESSION")},
    "ManageClientsFunction": set(),
    **dict.fromkeys(GRANTING, set()),
    "AddPersonFunction": _CHANGE | _FOUND,
    "SetPersonFunction": _CHANGE,
    "GetPersonFunction": {("GetItem", "PERSON")},
    "DeletePersonFunction": _ERASE,
    "PurgeExpiredFunction": _ERASE | {
        *(("Query", "GONE"), ("Query", "LIBRARIES"), ("Query", "USED"), ("GetItem", "USED")),
    },
    "AddGroupsFunction": _CHANGE | {("GetItem", "GROUPS")},
    "DeleteGroupsFunction": _CHANGE,
    "GetGroupsFunction": {("GetItem", "GROUPS")},
    "GetPersonsFunction": _READ,
    "AddFacesFunction": _CHANGE | _READ | _MARK,
    "GetFacesFunction": {("GetItem", "PERSON")},
    "DeleteFacesFunction": _CHANGE | _TASKS,
    "SearchPersonFunction": _READ | _MARK,
    "ScanImageFunction": _READ | _MARK,
    "ScanImageAsyncFunction": {("BatchWriteItem", "JOBS")},
    "GetScanResultsFunction": {("BatchGetItem", "JOBS")},
    "RunScanFunction": _READ | _MARK | _TASKS,
    "DeliverCallbackFunction": {("UpdateItem", "JOBS")},
    "OnUploadFunction": _CHANGE | _READ | _FOUND | _MARK | {
        *(("ConditionCheckItem", "GONE"), ("GetItem", "GONE"), ("GetItem", "LIBRARIES"), ("BatchWriteItem", "JOBS")),
    },
    "PutObjectFunction": set(),
    "PackGalleryFunction": _PACK,
    "PurgeSnapshotsFunction": _PACK,
}
"""Which kinds of rows a function may touch, and how, besides what every call does."""
_CALL = {("PutItem", "NONCE"), ("UpdateItem", "LIMIT")}
"""What every call also does: use up a nonce, and count."""
_FILL = {"CreateIndex", "DeleteVectors", "PutVectors"}
VECTORS = {
    **dict.fromkeys(
        ("AddFacesFunction", "SearchPersonFunction", "ScanImageFunction", "RunScanFunction", "OnUploadFunction"),
        {"QueryVectors"},
    ),
    **dict.fromkeys(("PackGalleryFunction", "PurgeSnapshotsFunction"), _FILL),
}
"""What a function may do with the vector indexes of large groups; the others nothing."""
_TAKE = {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"}
MESSAGES = {
    "ScanImageAsyncFunction": {("SendMessage", "ScanQueue")},
    "OnUploadFunction": {("SendMessage", "ScanQueue"), ("SendMessage", "UploadDeadLetters")},
    "RunScanFunction": {("SendMessage", "CallbackQueue"), *((action, "ScanQueue") for action in _TAKE)},
    "DeliverCallbackFunction": {(action, "CallbackQueue") for action in _TAKE | {"ChangeMessageVisibility"}},
}
"""What a function, or Lambda for it, may do with the messages of which queue; the others nothing."""
_CLIENTS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/visage/${AWS::StackName}/clients/*"


def statements(function: str) -> list[dict[str, Any]]:
    """Every statement of a function's role, from its inline and attached policies."""
    role = properties(functions()[function]["Role"]["Fn::GetAtt"][0])
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    documents += [properties(arn["Ref"])["PolicyDocument"] for arn in role["ManagedPolicyArns"]]
    documents += [policy["PolicyDocument"] for policy in attached(function)]
    return [statement for document in documents for statement in statements_of(document)]


def statement_for(action: str) -> dict[str, Any]:
    found = [statement for statement in statements("RpcFunction") if action in as_list(statement["Action"])]
    assert len(found) == 1
    return found[0]


def allowed(function: str, service: str) -> list[tuple[str, dict[str, Any]]]:
    """Actions on a service, without its name, each with its statement."""
    given = [(action, item) for item in statements(function) for action in as_list(item["Action"])]
    return [(action.split(":")[1], item) for action, item in given if action.startswith(f"{service}:")]


def resource(action: str, bucket: str) -> dict[str, Any]:
    """A bucket is listed, and its objects, or those below a prefix, are read and written."""
    name, _slash, below = bucket.partition("/")
    if name == _UPLOADS:
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}{'/*' if below else ''}"}
    objects = {"Fn::Sub": f"${{{name}.Arn}}/{below}{'/*' if below else '*'}"}
    return {"Fn::GetAtt": [bucket, "Arn"]} if action == "ListBucket" else objects


_TRAIL = {"Fn::GetAtt": ["AuditTable", "Arn"]}


@pytest.mark.parametrize("function", functions())
def test_a_function_can_add_to_the_audit_trail_and_neither_read_nor_change_it(function: str) -> None:
    given = [action for action, statement in allowed(function, "dynamodb") if statement["Resource"] == _TRAIL]
    silent = NOT_CALLED - {"PurgeExpiredFunction", "OnUploadFunction"}
    assert given == ([] if function in silent else ["PutItem"])


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
        if statement["Resource"] in ({"Fn::GetAtt": ["Table", "StreamArn"]}, _TRAIL):
            continue
        assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
        (keys,) = statement["Condition"]["ForAllValues:StringLike"].values()
        assert list(statement["Condition"]["ForAllValues:StringLike"]) == ["dynamodb:LeadingKeys"]
        assert all(re.fullmatch(r"[A-Z]+#\*", key) for key in keys)
        rows |= {(action, key.removesuffix("#*")) for key in keys}
    assert rows == (ROWS[function] if function in NOT_CALLED else ROWS[function] | _CALL)


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


def test_clients_are_written_by_one_function_that_only_some_deployments_have() -> None:
    writers = {name for name in functions() if "PutParameter" in {action for action, _ in allowed(name, "ssm")}}
    assert writers == {"ManageClientsFunction"}
    ((_, statement),) = [each for each in allowed("ManageClientsFunction", "ssm") if each[0] == "PutParameter"]
    assert statement["Resource"] == {"Fn::Sub": _CLIENTS}
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


@pytest.mark.parametrize("function", functions())
def test_no_action_is_a_pattern(function: str) -> None:
    assert not [action for item in statements(function) for action in as_list(item["Action"]) if "*" in action]


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
    assert statement_for("ssm:GetParameter")["Resource"]["Fn::Sub"] == _CLIENTS
    assert _CLIENTS.endswith(f":parameter{path}*")
    assert template()["Outputs"]["ClientPath"]["Value"]["Fn::Sub"] == path


def test_a_key_of_kms_opens_client_keys_only_and_only_through_the_parameter_store() -> None:
    condition = statement_for("kms:Decrypt")["Condition"]
    assert condition["StringLike"]["kms:ViaService"]["Fn::Sub"] == "ssm.${AWS::Region}.amazonaws.com*"
    assert condition["StringLike"]["kms:EncryptionContext:PARAMETER_ARN"]["Fn::Sub"] == _CLIENTS


@pytest.mark.parametrize("function", functions())
def test_a_function_writes_to_the_functions_log_only(function: str) -> None:
    log = template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"]["Ref"]
    written = [item for item in statements(function) if "logs:PutLogEvents" in as_list(item["Action"])]
    assert [item["Resource"] for item in written] == [{"Fn::GetAtt": [log, "Arn"]}]
