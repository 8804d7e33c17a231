"""Records calls in the audit trail, with the ids in request and response."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from visage.access import trail
from visage.access.trail import Record
from visage.api.dialects.green import GreenCall
from visage.api.dialects.rpc import RpcCall

_KINDS = {
    "personId": "persons",
    "personIds": "persons",
    "groupId": "groups",
    "groupIds": "groups",
    "faceId": "faces",
    "faceIds": "faces",
    "taskId": "tasks",
    "sessionId": "sessions",
    "clientId": "clients",
}
"""Field → kind of the ids in it."""
_MAX_REQUEST_IDS = 200
"""Maximum ids per kind recorded of a request: no call takes so many, and the response's ids must fit in the record."""


def record(call: GreenCall | RpcCall, outcome: str, data: Any = None) -> None:
    """Add a call to the audit trail, with the ids in its request and response."""
    body = call.body if isinstance(call, GreenCall) else {}
    # An array of texts is the body of ImageAsyncScanResults: task ids.
    request_ids = ids({"taskId": body} if isinstance(body, list) else body)
    response_ids = ids(data, without=("extras",))  # a response repeats the request's
    found = {kind: {*request_ids[kind][:_MAX_REQUEST_IDS], *response_ids[kind]} for kind in _KINDS.values()}
    trail.write(Record(call.library, call.client.id, call.action, call.request_id, outcome, found))


def ids(value: Any, without: Collection[str] = ()) -> Mapping[str, Sequence[str]]:
    """All ids in a value, by kind: those of its top-level fields first; fields in `without` are skipped."""
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS.values()}
    pending = [value]
    while pending:
        match pending.pop():
            case Mapping() as fields:
                for name, each in fields.items():
                    if name in _KINDS:
                        values = each if isinstance(each, list) else [each]
                        found[_KINDS[name]].extend(str(one) for one in values if isinstance(one, (str, int)))
                    elif name not in without:
                        pending.append(each)
            case list() | tuple() as entries:
                pending.extend(entries)
    return found
