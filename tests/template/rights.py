"""What each function needs to be allowed, and what the template allows it."""

from typing import Any

from tests.template.document import as_list, attached, functions, properties, statements_of

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
UPLOADS = "${AWS::StackName}-uploads-${AWS::AccountId}-${AWS::Region}"
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
        *((action, f"{UPLOADS}/*/{kind}") for action in ("GetObject", "DeleteObject") for kind in _DROPS),
        *(("PutObject", f"{UPLOADS}/*/results"), ("ListBucket", UPLOADS)),
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
CALL = {("PutItem", "NONCE"), ("UpdateItem", "LIMIT")}
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
CLIENTS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/visage/${AWS::StackName}/clients/*"
TRAIL = {"Fn::GetAtt": ["AuditTable", "Arn"]}


def statements(function: str) -> list[dict[str, Any]]:
    """Every statement of a function's role, from its inline and attached policies."""
    role = properties(functions()[function]["Role"]["Fn::GetAtt"][0])
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    documents += [properties(arn["Ref"])["PolicyDocument"] for arn in role["ManagedPolicyArns"]]
    documents += [policy["PolicyDocument"] for policy in attached(function)]
    return [statement for document in documents for statement in statements_of(document)]


def allowed(function: str, service: str) -> list[tuple[str, dict[str, Any]]]:
    """Actions on a service, without its name, each with its statement."""
    given = [(action, item) for item in statements(function) for action in as_list(item["Action"])]
    return [(action.split(":")[1], item) for action, item in given if action.startswith(f"{service}:")]
