"""AddFaces' result on the wire."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects.green import OK
from visage.api.payloads.faces import failed_item
from visage.errors import VisageError
from visage.gallery.enrol import Enrolled, Enrolment


def enrolment_data(enrolment: Enrolment) -> Mapping[str, Any]:
    """The response's data: an item for each image, in the order given."""
    return {
        "code": OK,
        "personId": enrolment.person.id,
        "groupIds": sorted(enrolment.person.groups),
        "faceImageItems": [_item(outcome) for outcome in enrolment.outcomes],
    }


def _item(outcome: Enrolled | VisageError) -> dict[str, Any]:
    if isinstance(outcome, VisageError):
        return failed_item(outcome)
    item: dict[str, Any] = {"success": True, "faceId": int(outcome.face_id)}
    if outcome.conflicts:
        item["conflicts"] = [
            {
                "groupId": conflict.group_id,
                "personId": conflict.person_id,
                "faceId": conflict.face_id,
                "rate": round(conflict.score, 4),
            }
            for conflict in outcome.conflicts
        ]
    return item
