"""Evaluates IAM policies for S3, and lists the permissions that a request to S3 needs.

Rules: "Policy evaluation logic" in the IAM user guide, and "Required permissions for Amazon S3 API operations".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Permission = tuple[str, str]
"""An action, and the ARN of its resource."""

_ENCRYPTED = {"Bool": {"aws:SecureTransport": "true"}}
"""Always true here: the local endpoint speaks HTTP, but stands for one that speaks HTTPS."""
_UNENCRYPTED = {"Bool": {"aws:SecureTransport": "false"}}

_OBJECT = {"DELETE": "s3:DeleteObject", "GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject"}
_MULTIPART = {
    ("POST", frozenset({"uploads"})): "s3:PutObject",
    ("PUT", frozenset({"partNumber", "uploadId"})): "s3:PutObject",
    ("POST", frozenset({"uploadId"})): "s3:PutObject",
    ("DELETE", frozenset({"uploadId"})): "s3:AbortMultipartUpload",
    ("GET", frozenset({"uploadId"})): "s3:ListMultipartUploadParts",
}
"""Method and query parameters → action."""
_HEADERS = {
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-": "s3:PutObjectAcl",
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-retain": "s3:PutObjectRetention",
    "x-amz-object-lock-legal": "s3:PutObjectLegalHold",
}
"""Prefix of a header's name → additional action."""
_SOURCE = "x-amz-copy-source"
_IGNORED_PARAMETERS = ("x-amz-", "x-id", "response-")
"""Prefixes of query parameters that do not change the operation."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A policy statement, as far as it concerns S3."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def covers(self, permission: Permission) -> bool:
        action, resource = permission
        return _matches(action.lower(), [pattern.lower() for pattern in self.actions]) and _matches(
            resource, self.resources
        )


Policy = tuple[Statement, ...]


def read_policy(document: Mapping[str, Any]) -> Policy:
    """Parse a policy. Raises ValueError when it is invalid, or when the local stack cannot evaluate what it says of
    S3."""
    try:
        statements = [_read_statement(each) for each in _as_list(document["Statement"])]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a policy document") from error
    return tuple(statement for statement in statements if statement is not None)


def allowed(policies: Iterable[Policy], permissions: Iterable[Permission]) -> bool:
    """Whether every policy allows, and none denies, all these permissions."""
    policies = list(policies)
    return all(_allows(policy, permission) for permission in permissions for policy in policies)


def required_permissions(
    method: str, raw_path: str, query: Iterable[str], headers: Mapping[str, str]
) -> Iterator[Permission]:
    """The permissions that a request to S3 needs; `query` contains names only, `headers` have lower-case names."""
    bucket, _slash, key = unquote(raw_path).removeprefix("/").partition("/")
    subresources = frozenset(name for name in query if not name.lower().startswith(_IGNORED_PARAMETERS))
    if not key:
        lists = method in ("GET", "HEAD") and not subresources
        yield ("s3:ListBucket" if lists else f"s3:{method}Bucket"), _arn(bucket)
        return
    action = _MULTIPART.get((method, subresources)) if subresources else _OBJECT.get(method)
    yield action or f"s3:{method}Object{''.join(sorted(subresources))}", _arn(f"{bucket}/{key}")
    for start, extra_action in _HEADERS.items():
        if any(name.startswith(start) for name in headers):
            yield extra_action, _arn(f"{bucket}/{key}")
    if _SOURCE in headers:
        source = unquote(headers[_SOURCE]).partition("?")[0].removeprefix("/")
        yield "s3:GetObject", _arn(source)


def _allows(policy: Policy, permission: Permission) -> bool:
    covering = [statement for statement in policy if statement.covers(permission)]
    return bool(covering) and all(statement.allows for statement in covering)


def _read_statement(document: Mapping[str, Any]) -> Statement | None:
    """None if the statement does not concern S3 or its condition does not hold."""
    actions = tuple(_as_list(document["Action"]))
    if not any(re.match(r"s3:|\*$", action, re.IGNORECASE) for action in actions):
        return None
    condition = document.get("Condition", {})
    if condition == _UNENCRYPTED:
        return None
    if condition not in ({}, _ENCRYPTED) or document["Effect"] not in ("Allow", "Deny"):
        raise ValueError(f"the local stack cannot evaluate {condition or document['Effect']}")
    return Statement(document["Effect"] == "Allow", actions, tuple(_as_list(document["Resource"])))


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL)
        for pattern in patterns
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arn(path: str) -> str:
    return f"arn:aws:s3:::{path}"
