"""CompareFaces: how alike are the largest faces of two images."""

from collections.abc import Mapping
from typing import Any

from visage.api.compare_faces import ImagePair, comparison_data
from visage.api.operation import rpc_operation
from visage.errors import Reason
from visage.faces.compare import compare
from visage.media.sources import load_images


@rpc_operation("CompareFaces", failure=Reason.COMPARE_FAILED)
def handler(parameters: Mapping[str, str]) -> Mapping[str, Any]:
    pair = ImagePair.read(parameters)
    source, target = load_images(pair.source, pair.target)
    return comparison_data(compare(source, target))
