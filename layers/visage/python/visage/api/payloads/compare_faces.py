"""CompareFaces on the wire: four parameters in, two results out."""

import json
from collections.abc import Mapping
from typing import Any

from visage.errors import Reason, VisageError
from visage.faces.recognition.impostors import ImageType
from visage.faces.types import Comparison
from visage.media.sources import check_address

_TYPES = frozenset(kind.value for kind in ImageType)


def image_types(parameters: Mapping[str, str]) -> tuple[ImageType, ImageType]:
    """The types of the two images, source first.

    Raises VisageError: IMAGE_TYPE_EMPTY, IMAGE_TYPE_INVALID or FACE_PICTURE_REQUIRED.
    """
    names = ("SourceImageType", "TargetImageType")
    source, target = (_value(parameters, name, Reason.IMAGE_TYPE_EMPTY) for name in names)
    if not {source, target} <= _TYPES:
        raise VisageError(Reason.IMAGE_TYPE_INVALID, "An image type is FacePic or IDPic.")
    types = ImageType(source), ImageType(target)
    if ImageType.PHOTO not in types:
        raise VisageError(Reason.FACE_PICTURE_REQUIRED)
    return types


def image_addresses(parameters: Mapping[str, str]) -> dict[str, str]:
    """The addresses of the two images by parameter name, source first.

    Raises VisageError: PARAMETER_EMPTY or IMAGE_ADDRESS.
    """
    names = ("SourceImageValue", "TargetImageValue")
    addresses = {name: _value(parameters, name, Reason.PARAMETER_EMPTY) for name in names}
    for address in addresses.values():
        check_address(address)
    return addresses


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """The response's `Data`. By contract the thresholds are JSON in a string, with rates and scores as strings."""
    thresholds = {rate: f"{score:.2f}" for rate, score in sorted(comparison.thresholds.items())}
    return {
        "SimilarityScore": round(comparison.score, 4),
        "ConfidenceThresholds": json.dumps(thresholds, separators=(",", ":")),
    }


def _value(parameters: Mapping[str, str], name: str, otherwise: Reason) -> str:
    value = parameters.get(name, "").strip()
    if not value:
        raise VisageError(otherwise, f"{name} is empty.")
    return value
