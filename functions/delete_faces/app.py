"""DeleteFaces: removes faces of a person and their images."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.faces import deletion


@green_operation("DeleteFaces", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    return deletion(call.library, call.body)
