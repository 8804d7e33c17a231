"""Checks the POST policy of a browser form, which says what may be uploaded with it.

Rules: "Browser-Based Uploads Using POST" in the S3 API reference.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.guard.denials import Refused

_UNCHECKED_FIELDS = {"bucket", "file", "policy", "x-amz-signature"}


def check_policy(fields: Mapping[str, str], size: int, now: datetime) -> None:
    """Raise Refused unless the form's fields (lower-case names, with `bucket`) and its file comply with its policy."""
    try:
        policy = json.loads(base64.b64decode(fields["policy"], validate=True))
        ends = datetime.fromisoformat(policy["expiration"])
        conditions = [_expand(condition) for condition in policy["conditions"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(400, "InvalidPolicyDocument", "Invalid Policy: not readable.") from error
    if now >= ends:
        raise _violated("Policy expired.")
    covered = set()
    for operator, name, value in conditions:
        if operator == "content-length-range":
            _check_size(size, int(name), int(value))
            continue
        field = name.removeprefix("$").lower()
        covered.add(field)
        actual = fields.get(field, "")
        if not (actual.startswith(value) if operator == "starts-with" else actual == value):
            raise _violated(f"Policy Condition failed: {operator} ${field}")
    extra = fields.keys() - covered - _UNCHECKED_FIELDS
    if extra := sorted(name for name in extra if not name.startswith("x-ignore-")):
        raise _violated(f"Extra input fields: {', '.join(extra)}")


def _check_size(size: int, minimum: int, maximum: int) -> None:
    if size < minimum:
        raise Refused(400, "EntityTooSmall", "The upload is smaller than the minimum allowed size")
    if size > maximum:
        raise Refused(400, "EntityTooLarge", "The upload exceeds the maximum allowed size")


def _expand(condition: Any) -> tuple[str, Any, Any]:
    """Expand `{"acl": "private"}` to `["eq", "$acl", "private"]`. Raises ValueError for anything else."""
    if isinstance(condition, dict) and len(condition) == 1:
        (name, value), = condition.items()
        return "eq", name, value
    operator, name, value = condition
    if operator not in ("eq", "starts-with", "content-length-range"):
        raise ValueError(operator)
    return operator, name, value


def _violated(why: str) -> Refused:
    return Refused(403, "AccessDenied", f"Invalid according to Policy: {why}")
