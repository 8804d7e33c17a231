"""DetectFaceAttributes: the five largest faces with the attributes of DetectFace, in Cloudauth's format."""

import time
from collections.abc import Mapping
from typing import Any

from visage.api.dialects.rpc import RpcCall
from visage.api.operation import rpc_operation
from visage.api.payloads.detect_face import MOST_MATERIAL_FACES, SECONDS, material_address, material_data
from visage.faces.describe import describe
from visage.media.limits import GREEN
from visage.media.pictures import open_pictures


@rpc_operation("DetectFaceAttributes", methods=("POST", "GET"))
def handler(call: RpcCall) -> Mapping[str, Any]:
    until = time.monotonic() + SECONDS
    (picture,) = open_pictures({"MaterialValue": material_address(call.values)}, GREEN, call.library)
    return material_data(picture, describe(picture.pixels, until, MOST_MATERIAL_FACES))
