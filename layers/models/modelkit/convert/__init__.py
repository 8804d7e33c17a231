"""Converters: the bytes of published weights in, the bytes of an ONNX model out."""
