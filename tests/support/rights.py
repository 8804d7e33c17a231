"""Checks the permissions of a function's role in template.yaml against each AWS call that it makes in memory."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.template.document import as_list, attached, functions, properties, statements_of
from visage import aws

SERVICES = ("dynamodb", "s3", "s3vectors", "sqs", "ssm", "sts")
_NAMES = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "test",
    "UploadDeadLetters.Arn": "arn:aws:sqs:eu-central-1:123456789012:upload-dead-letters",
    "ScanQueue.Arn": "arn:aws:sqs:eu-central-1:123456789012:visage-scans",
    "CallbackQueue.Arn": "arn:aws:sqs:eu-central-1:123456789012:visage-callbacks",
    "Table.Arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/visage",
    "AuditTable.Arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/visage-audit",
    "Table.StreamArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/visage/stream/*",
    "UploadBucket.Arn": "arn:aws:s3:::visage-uploads",
    "UploadRole.Arn": "arn:aws:iam::123456789012:role/uploads",
    "FaceBucket.Arn": "arn:aws:s3:::visage-faces",
    "SnapshotBucket.Arn": "arn:aws:s3:::visage-snapshots",
    "VectorBucket.VectorBucketArn": "arn:aws:s3vectors:eu-central-1:123456789012:bucket/visage-vectors",
    "FunctionLog.Arn": "arn:aws:logs:eu-central-1:123456789012:log-group:functions:*",
}
"""Values of the template's references in a `deployment`."""
_UPLOADS = ("test-uploads-123456789012-eu-central-1", "visage-uploads")
"""The upload bucket, which the template also names by its name: there, and in a `deployment`."""
_OWN = {
    *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
}
"""Calls that Lambda itself makes with a function's role."""


@dataclass(frozen=True, slots=True)
class Need:
    """A permission that a call needs."""

    action: str
    resource: str
    row: str = ""
    """The partition key, where the call is about a row of the table."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission in a statement: one action, on resources and rows of one pattern."""

    action: str
    resource: str
    row: str = ""

    def covers(self, need: Need) -> bool:
        return (
            self.action == need.action
            and fnmatchcase(need.resource, self.resource)
            and fnmatchcase(need.row, self.row or "*")
        )


@dataclass
class Rights:
    """One function's permissions: what its role grants, and what was used."""

    function: str
    used: set[Grant] = field(default_factory=set)
    refused: list[Need] = field(default_factory=list)
    _asleep: bool = False

    @property
    def grants(self) -> list[Grant]:
        """Grants for the services in `SERVICES`, except what Lambda itself needs."""
        role = properties(functions()[self.function]["Role"]["Fn::GetAtt"][0])
        documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        documents += [properties(policy["Ref"])["PolicyDocument"] for policy in role["ManagedPolicyArns"]]
        documents += [policy["PolicyDocument"] for policy in attached(self.function)]
        found = [grant for document in documents for each in statements_of(document) for grant in _grants(each)]
        return [grant for grant in found if grant.action.startswith(SERVICES) and grant.action not in _OWN]

    @property
    def idle(self) -> list[tuple[str, str]]:
        """Granted actions that were not used, each with its rows or its resource."""
        return [(each.action, each.row or each.resource) for each in self.grants if each not in self.used]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Until the block ends, check the process's AWS calls against the permissions."""

        # Signed links too: they carry the function's rights, and others use them.
        def check(params: Mapping[str, Any], model: Any, **_context: Any) -> None:
            for need in () if self._asleep else _needs(model.name, params):
                covering = [grant for grant in self.grants if grant.covers(need)]
                self.used.update(covering)
                if not covering:
                    self.refused.append(need)

        events = [aws.client(service).meta.events for service in SERVICES]
        for each in events:
            each.register("provide-client-params", check)
        try:
            yield
        finally:
            for each in events:
                each.unregister("provide-client-params", check)

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Within `watched`, exempt another party's calls."""
        self._asleep = True
        try:
            yield
        finally:
            self._asleep = False


def _grants(statement: Mapping[str, Any]) -> Iterator[Grant]:
    rows = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [""])
    for action in as_list(statement["Action"]):
        for resource in as_list(statement["Resource"]):
            for row in rows:
                yield Grant(action, _resolved(resource), row)


def _resolved(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Fn::GetAtt" in value:
        return _NAMES[".".join(value["Fn::GetAtt"])]
    return re.sub(r"\$\{([^}]+)\}", lambda name: _NAMES[name[1]], value["Fn::Sub"]).replace(*_UPLOADS)


def _needs(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    """Raises KeyError for an unknown operation: look up which permissions AWS requires for it."""
    if operation in _ROWS:
        return (Need(f"dynamodb:{action}", _table(name), row) for action, name, row in _ROWS[operation](params))
    return (Need(action, resource) for action, resource in _OTHERS[operation](params))


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:eu-central-1:123456789012:table/{name}"


def _queue(url: str) -> str:
    return f"arn:aws:sqs:eu-central-1:123456789012:{url.rpartition('/')[2]}"


def _object(params: Mapping[str, Any], key: str | None = None) -> str:
    return f"arn:aws:s3:::{params['Bucket']}/{key or params['Key']}"


def _got(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "s3:GetObject", _object(params)
    if params["Bucket"] == "visage-snapshots":
        # Without the right to list, S3 does not say that an object is missing; readers of snapshots must know.
        yield "s3:ListBucket", "arn:aws:s3:::visage-snapshots"
    elif "IfMatch" in params or "/results/" in params["Key"]:
        # So must functions that read drops or write their results.
        yield "s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}"


def _changed(action: str) -> Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]:
    """A conditional write or removal also reads the row."""

    def needs(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        yield action, _object(params)
        if "IfMatch" in params:
            yield "s3:GetObject", _object(params)

    return needs


def _queried(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "s3vectors:QueryVectors", params["indexArn"]
    if params.get("returnMetadata") or "filter" in params:
        yield "s3vectors:GetVectors", params["indexArn"]


_ROWS = {
    **{
        f"{verb}Item": lambda params, verb=verb: [(f"{verb}Item", params["TableName"], params["Key"]["pk"]["S"])]
        for verb in ("Get", "Update", "Delete")
    },
    "PutItem": lambda params: [("PutItem", params["TableName"], params["Item"].get("pk", {"S": ""})["S"])],
    "TransactGetItems": lambda params: [
        ("GetItem", each["Get"]["TableName"], each["Get"]["Key"]["pk"]["S"]) for each in params["TransactItems"]
    ],
    "Query": lambda params: [("Query", params["TableName"], params["ExpressionAttributeValues"][":name"]["S"])],
    "BatchGetItem": lambda params: [
        ("BatchGetItem", name, key["pk"]["S"]) for name, keys in params["RequestItems"].items() for key in keys["Keys"]
    ],
    "BatchWriteItem": lambda params: [
        ("BatchWriteItem", name, (each.get("Item") or each["Key"])["pk"]["S"])
        for name, requests in params["RequestItems"].items()
        for request in requests
        for each in request.values()
    ],
    "TransactWriteItems": lambda params: [
        (f"{verb}Item", each["TableName"], each["Item" if verb == "Put" else "Key"]["pk"]["S"])
        for item in params["TransactItems"]
        for verb, each in item.items()
    ],
}
"""Operation → actions, tables and partition keys of a call."""
_OTHERS = {
    "GetObject": _got,
    "PutObject": _changed("s3:PutObject"),
    "DeleteObject": _changed("s3:DeleteObject"),
    "DeleteObjects": lambda params: [
        ("s3:DeleteObject", _object(params, each["Key"])) for each in params["Delete"]["Objects"]
    ],
    "ListObjectsV2": lambda params: [("s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}")],
    "CreateIndex": lambda params: [
        ("s3vectors:CreateIndex", f"{params['vectorBucketArn']}/index/{params['indexName']}")
    ],
    "PutVectors": lambda params: [("s3vectors:PutVectors", params["indexArn"])],
    "DeleteVectors": lambda params: [("s3vectors:DeleteVectors", params["indexArn"])],
    "QueryVectors": _queried,
    "SendMessageBatch": lambda params: [("sqs:SendMessage", _queue(params["QueueUrl"]))],
    "ChangeMessageVisibility": lambda params: [("sqs:ChangeMessageVisibility", _queue(params["QueueUrl"]))],
    "AssumeRole": lambda params: [("sts:AssumeRole", params["RoleArn"])],
    "PutParameter": lambda params: [
        ("ssm:PutParameter", f"arn:aws:ssm:eu-central-1:123456789012:parameter{params['Name']}")
    ],
    "GetParametersByPath": lambda params: [
        ("ssm:GetParametersByPath", f"arn:aws:ssm:eu-central-1:123456789012:parameter{params['Path'].rstrip('/')}")
    ],
    "GetParameter": lambda params: [
        ("ssm:GetParameter", f"arn:aws:ssm:eu-central-1:123456789012:parameter{params['Name']}")
    ],
}
"""Operation → actions and resources of a call."""
