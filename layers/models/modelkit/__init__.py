"""Builds the model layer: fetch pinned packages, convert their weights to ONNX, prove each conversion."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime would tell Microsoft of this machine: visage/__init__.py
