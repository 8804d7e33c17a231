"""Runs the first network up to its last layer."""

from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.utils import Extractor


def seen(path: Path, pictures: np.ndarray) -> np.ndarray:
    """The last layer's input in an exported network, for pictures (n, SIDE, SIDE, 3), uint8: float16
    (n, 512 * VIEWS)."""
    blob = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)
    (found,) = _lower(path).run(None, {"image": blob})
    return found.reshape(len(found), -1).astype(np.float16)


@cache
def _lower(path: Path) -> onnxruntime.InferenceSession:
    model = Extractor(onnx.shape_inference.infer_shapes(onnx.load(path))).extract_model(["image"], ["seen"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)
