"""What IAM policies let somebody do in S3, and what a request to S3 must be allowed.

Rules: "Policy evaluation logic" in the IAM user guide, and "Required permissions for Amazon S3 API operations".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Need = tuple[str, str]
"""Action, and the ARN that it is done to."""

_ENCRYPTED = {"Bool": {"aws:SecureTransport": "true"}}
"""Holds: the local endpoint speaks HTTP, and stands for one that speaks HTTPS."""
_UNENCRYPTED = {"Bool": {"aws:SecureTransport": "false"}}

_OBJECT = {"DELETE": "s3:DeleteObject", "GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject"}
_MULTIPART = {
    ("POST", frozenset({"uploads"})): "s3:PutObject",
    ("PUT", frozenset({"partNumber", "uploadId"})): "s3:PutObject",
    ("POST", frozenset({"uploadId"})): "s3:PutObject",
    ("DELETE", frozenset({"uploadId"})): "s3:AbortMultipartUpload",
    ("GET", frozenset({"uploadId"})): "s3:ListMultipartUploadParts",
}
"""Method and what the query names → action."""
_HEADERS = {
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-": "s3:PutObjectAcl",
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-retain": "s3:PutObjectRetention",
    "x-amz-object-lock-legal": "s3:PutObjectLegalHold",
}
"""Start of a header's name → what must be allowed in addition."""
_SOURCE = "x-amz-copy-source"
_ABOUT_THE_REQUEST = ("x-amz-", "x-id", "response-")
"""Starts of query parameters that do not change what is asked for."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Of a policy, as far as it is about S3."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def covers(self, need: Need) -> bool:
        action, resource = need
        return _matches(action.lower(), [pattern.lower() for pattern in self.actions]) and _matches(
            resource, self.resources
        )


Policy = tuple[Statement, ...]


def read_policy(document: Mapping[str, Any]) -> Policy:
    """Raises ValueError for what is no policy, or says something of S3 that the local stack cannot judge."""
    try:
        statements = [_read_statement(each) for each in _as_list(document["Statement"])]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a policy document") from error
    return tuple(statement for statement in statements if statement is not None)


def allowed(policies: Iterable[Policy], needs: Iterable[Need]) -> bool:
    """Whether every policy allows, and none denies, everything that is needed."""
    policies = list(policies)
    return all(_allows(policy, need) for need in needs for policy in policies)


def needed(method: str, raw_path: str, query: Iterable[str], headers: Mapping[str, str]) -> Iterator[Need]:
    """What a request to S3 must be allowed; `query` holds names only, `headers` have lower-case names."""
    bucket, _slash, key = unquote(raw_path).removeprefix("/").partition("/")
    asked = frozenset(name for name in query if not name.lower().startswith(_ABOUT_THE_REQUEST))
    if not key:
        yield ("s3:ListBucket" if method in ("GET", "HEAD") and not asked else f"s3:{method}Bucket"), _arn(bucket)
        return
    action = _MULTIPART.get((method, asked)) if asked else _OBJECT.get(method)
    yield action or f"s3:{method}Object{''.join(sorted(asked))}", _arn(f"{bucket}/{key}")
    for start, further in _HEADERS.items():
        if any(name.startswith(start) for name in headers):
            yield further, _arn(f"{bucket}/{key}")
    if _SOURCE in headers:
        source = unquote(headers[_SOURCE]).partition("?")[0].removeprefix("/")
        yield "s3:GetObject", _arn(source)


def _allows(policy: Policy, need: Need) -> bool:
    covering = [statement for statement in policy if statement.covers(need)]
    return bool(covering) and all(statement.allows for statement in covering)


def _read_statement(given: Mapping[str, Any]) -> Statement | None:
    """None where it is not about S3, or its condition does not hold."""
    actions = tuple(_as_list(given["Action"]))
    if not any(re.match(r"s3:|\*$", action, re.IGNORECASE) for action in actions):
        return None
    condition = given.get("Condition", {})
    if condition == _UNENCRYPTED:
        return None
    if condition not in ({}, _ENCRYPTED) or given["Effect"] not in ("Allow", "Deny"):
        raise ValueError(f"the local stack cannot judge {condition or given['Effect']}")
    return Statement(given["Effect"] == "Allow", actions, tuple(_as_list(given["Resource"])))


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL)
        for pattern in patterns
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arn(path: str) -> str:
    return f"arn:aws:s3:::{path}"
