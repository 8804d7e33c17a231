"""DetectFace: the faces of an image, with their attributes."""

import time
from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.detect_face import SECONDS, detection_data
from visage.faces.describe import MOST, describe
from visage.media.limits import GREEN
from visage.media.pictures import open_pictures


@green_operation("DetectFace", flat=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    until = time.monotonic() + SECONDS
    fields.data_id(call.body)
    most = fields.whole(call.body, "maxFaces", MOST, 1, MOST)
    (picture,) = open_pictures({"url": fields.url(call.body)}, GREEN, call.library)
    return detection_data(call, picture, describe(picture.pixels, until, most))
