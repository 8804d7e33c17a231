"""Run by Python 3.13 with nothing but the built bundle on its path: fails where trimming took what functions use.

Arguments: a small ONNX model that doubles its input, the folder of the models, and the AWS services in use.
"""

import importlib
import io
import os
import pkgutil
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from aws_lambda_powertools import Logger
from PIL import Image

import visage
from visage import aws

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")


def main(model: str, models: str, *services: str) -> None:
    outputs = onnxruntime.InferenceSession(model).run(None, {"x": np.ones((1, 4), np.float32)})
    assert (outputs[0] == np.full((1, 4), 2, np.float32)).all()
    for path in sorted(Path(models).rglob("*.onnx")):
        onnxruntime.InferenceSession(path)
    for name in FORMATS:
        written = io.BytesIO()
        Image.new("RGB", (32, 24), "red").save(written, name)
        assert np.asarray(Image.open(written).convert("RGB")).shape == (24, 32, 3), name
    os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
    for service in services:
        aws.client(service)
    for module in pkgutil.walk_packages(visage.__path__, "visage."):
        importlib.import_module(module.name)
    Logger(service="probe").info("fine")


main(*sys.argv[1:])
