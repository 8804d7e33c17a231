"""CompareFaces: compares the largest faces of two images."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects.rpc import RpcCall
from visage.api.operation import rpc_operation
from visage.api.payloads.compare_faces import comparison_data, image_addresses, image_types
from visage.errors import Reason
from visage.faces.recognition.compare import compare
from visage.media.limits import COMPARE_FACES
from visage.media.pictures import open_pictures


@rpc_operation("CompareFaces", failure=Reason.COMPARE_FAILED)
def handler(call: RpcCall) -> Mapping[str, Any]:
    types = image_types(call.values)
    source, target = open_pictures(image_addresses(call.values), COMPARE_FACES, call.library)
    return comparison_data(compare(source.pixels, target.pixels, types))
