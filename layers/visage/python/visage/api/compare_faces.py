"""CompareFaces on the wire: its four parameters and its two results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visage.errors import Reason, VisageError
from visage.faces.compare import Comparison
from visage.media.sources import check_address

_TYPES = frozenset({"FacePic", "IDPic"})


@dataclass(frozen=True, slots=True)
class ImagePair:
    """The addresses of the two images to compare."""

    source: str
    target: str

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "ImagePair":
        """Raises VisageError: IMAGE_TYPE_EMPTY, IMAGE_TYPE_INVALID, FACE_PICTURE_REQUIRED, PARAMETER_EMPTY or
        IMAGE_ADDRESS."""
        types = [_given(parameters, f"{side}ImageType", Reason.IMAGE_TYPE_EMPTY) for side in ("Source", "Target")]
        if not _TYPES.issuperset(types):
            raise VisageError(Reason.IMAGE_TYPE_INVALID)
        if "FacePic" not in types:
            raise VisageError(Reason.FACE_PICTURE_REQUIRED)
        values = [_given(parameters, f"{side}ImageValue", Reason.PARAMETER_EMPTY) for side in ("Source", "Target")]
        for value in values:
            check_address(value)
        return cls(*values)


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """The `Data` of the answer. The thresholds are JSON in a string, rates and scores strings too, as the contract has
    them."""
    thresholds = {f"{rate:f}".rstrip("0"): f"{score:.2f}" for rate, score in sorted(comparison.thresholds.items())}
    return {
        "SimilarityScore": round(comparison.score, 4),
        "ConfidenceThresholds": json.dumps(thresholds, separators=(",", ":")),
    }


def _given(parameters: Mapping[str, str], name: str, otherwise: Reason) -> str:
    value = parameters.get(name, "").strip()
    if not value:
        raise VisageError(otherwise, f"{name} is empty.")
    return value
