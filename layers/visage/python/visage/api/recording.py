"""What the audit trail learns of a call: whom and what its body and its answer name."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from visage.access import trail
from visage.access.trail import Record
from visage.api.green import GreenCall
from visage.api.rpc import RpcCall

_KINDS = {
    "personId": "persons",
    "personIds": "persons",
    "groupId": "groups",
    "groupIds": "groups",
    "faceId": "faces",
    "faceIds": "faces",
    "taskId": "tasks",
    "sessionId": "sessions",
}
"""Field → the kind of ids in it."""
_ASKED = 200
"""Ids of a kind that are recorded of a question: no call takes so many, and the answer's must have room in a record."""


def record(call: GreenCall | RpcCall, outcome: str, data: Any = None) -> None:
    """Add a call to the audit trail, with what it was answered."""
    asked = call.body if isinstance(call, GreenCall) else {}
    # An array of texts is what ImageAsyncScanResults takes: tasks.
    asked_for = ids({"taskId": asked} if isinstance(asked, list) else asked)
    told = ids(data, without=("extras",))  # an answer repeats the question's
    found = {kind: {*asked_for[kind][:_ASKED], *told[kind]} for kind in _KINDS.values()}
    trail.write(Record(call.library, call.client.id, call.action, call.request_id, outcome, found))


def ids(value: Any, without: Collection[str] = ()) -> Mapping[str, Sequence[str]]:
    """All ids that a value names, by kind: those of its own fields first; not from fields that it is read `without`."""
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS.values()}
    pending = [value]
    while pending:
        match pending.pop():
            case Mapping() as fields:
                for name, each in fields.items():
                    if name in _KINDS:
                        given = each if isinstance(each, list) else [each]
                        found[_KINDS[name]].extend(str(one) for one in given if isinstance(one, (str, int)))
                    elif name not in without:
                        pending.append(each)
            case list() | tuple() as entries:
                pending.extend(entries)
    return found
