"""Writes the graph by which searches multiply several probes with all codes: python -m training.product

Nothing is learnt: layers/visage/python/visage/gallery/index/product.onnx has two nodes and no weights.
"""

import onnx
from onnx import TensorProto, helper

from .data import ROOT

TARGET = ROOT / "layers" / "visage" / "python" / "visage" / "gallery" / "index" / "product.onnx"
_ZERO = 128
"""What codes are raised by: processors multiply bytes without a sign with bytes that have one."""


def graph() -> bytes:
    """products[p, n] = units[p] Σ (codes[n, i] - 128) probes[i, p], summed up in integers."""
    inputs = [
        helper.make_tensor_value_info("codes", TensorProto.UINT8, ["n", 128]),
        helper.make_tensor_value_info("probes", TensorProto.INT8, [128, "p"]),
        helper.make_tensor_value_info("units", TensorProto.FLOAT, ["p"]),
    ]
    constants = [
        helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
        helper.make_tensor("zero", TensorProto.UINT8, [], [_ZERO]),
    ]
    nodes = [
        helper.make_node(
            "MatMulIntegerToFloat", ["codes", "probes", "one", "units", "zero"], ["by_code"], domain="com.microsoft"
        ),
        helper.make_node("Transpose", ["by_code"], ["products"], perm=[1, 0]),
    ]
    outputs = [helper.make_tensor_value_info("products", TensorProto.FLOAT, ["p", "n"])]
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_graph(nodes, "product", inputs, outputs, constants)
    return helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString()


def main() -> None:
    onnx.checker.check_model(onnx.load_from_string(graph()))
    TARGET.write_bytes(graph())


if __name__ == "__main__":
    main()
