"""CompareFaces: how alike are the largest faces of two images."""

from collections.abc import Mapping
from typing import Any

from visage.api.compare_faces import comparison_data, image_addresses
from visage.api.operation import rpc_operation
from visage.errors import Reason
from visage.faces.compare import compare
from visage.media.limits import COMPARE_FACES
from visage.media.pictures import open_pictures


@rpc_operation("CompareFaces", failure=Reason.COMPARE_FAILED)
def handler(parameters: Mapping[str, str]) -> Mapping[str, Any]:
    source, target = open_pictures(image_addresses(parameters), COMPARE_FACES)
    return comparison_data(compare(source.pixels, target.pixels))
