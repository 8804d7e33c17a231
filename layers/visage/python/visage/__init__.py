"""Visage: the Alibaba Cloud face APIs, answered from your own AWS account."""

import os

# onnxruntime's wheels for Linux otherwise keep an id and a record of the machine, its programs and networks in the home
# folder, and send them to Microsoft. It looks when it is imported; nothing here imports it before this package.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
