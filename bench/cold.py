"""Cold start: from the start of a process to its first response."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.report import Row
from local.functions.runtime import ExecutionEnvironment
from local.invoke import signed
from local.stack import ROOT, TEMPLATE, Stack, handler_environment
from local.template.read import read_template

REPEATS = 5
FUNCTION = "CompareFacesFunction"

# Not ru_maxrss: a process inherits that from its parent.
_PEAK = """
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
"""
# What a handler's process does until its first response, in the handler's order, and a second comparison; prints
# milliseconds, and memory in MiB.
_PARTS = """
import json, pathlib, re, sys, time
marks = [time.perf_counter()]
def mark(): marks.append(time.perf_counter())
import compare_faces.app
mark()
from visage.faces import sessions
for name in ("centerface", "sface"): sessions.open(name)
mark()
from visage.faces.recognition.compare import compare
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES
picture = decode(open(sys.argv[1], "rb").read(), COMPARE_FACES).pixels
compare(picture, picture)
mark()
compare(decode(open(sys.argv[1], "rb").read(), COMPARE_FACES).pixels, picture)
mark()
print(json.dumps([1000 * (b - a) for a, b in zip(marks, marks[1:])] + [peak()]))
"""
# The share of that which is not ours: importing the libraries and opening the networks.
_BARE = """
import json, os, pathlib, re, time
marks = [time.perf_counter()]
import boto3, numpy, onnxruntime, PIL.Image
marks.append(time.perf_counter())
memory = peak()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
for path in pathlib.Path(os.environ["VISAGE_MODELS"]).glob("*.onnx"):
    onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
marks.append(time.perf_counter())
print(json.dumps([1000 * (b - a) for a, b in zip(marks, marks[1:])] + [memory]))
"""


def rows(stack: Stack, small: bytes, large: bytes) -> Iterator[Row]:
    wanted = read_template(TEMPLATE)
    function = wanted.functions[FUNCTION]
    environment = handler_environment(function, wanted, stack.endpoint)
    answers = []
    event = json.loads((ROOT / "events" / "compare_faces.json").read_text())
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            payload = json.dumps(signed(event, stack.client)).encode()
            started = time.perf_counter()
            process = ExecutionEnvironment(function, environment, Path(folder, "log"))
            answer = process.invoke(payload)
            answers.append(1000 * (time.perf_counter() - started))
            process.stop()
            assert b'"statusCode": 200' in answer.payload, answer.payload
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        Path(file.name).write_bytes(small)
        imports, opening, first, warm, _, bare_imports, bare_opening, bare_memory = _medians(environment, file.name)
        Path(file.name).write_bytes(large)
        peak = _medians(environment, file.name)[4]
    floor = bare_imports + bare_opening + warm
    yield Row("cold start to first answer, by awslambdaric", median(answers), "ms", floor, "the three below together")
    yield Row("  of it imports", imports, "ms", bare_imports, "bare imports of the libraries")
    yield Row("  of it opening sessions", opening, "ms", bare_opening, "onnxruntime's own opening, no SHA-256")
    yield Row("  of it first inference, 640x480", first, "ms", warm, "the second inference")
    yield Row("peak memory, compare of two 12 MP", peak, "MiB", bare_memory, "bare imports of the libraries")


def _medians(environment: dict[str, str], photo: str) -> list[float]:
    """Medians of what `_PARTS` prints, then of what `_BARE` prints; they alternate, so that a slow moment slows
    both."""
    paths = [ROOT / "functions", ROOT / "layers" / "visage" / "python"]
    variables = environment | {"PYTHONPATH": ":".join(map(str, paths))}

    def figures(script: str) -> list[float]:
        command = [sys.executable, "-c", _PEAK + script, photo]
        return json.loads(subprocess.run(command, env=variables, check=True, capture_output=True).stdout)

    repeated = [figures(_PARTS) + figures(_BARE) for _ in range(REPEATS)]
    return [median(column) for column in zip(*repeated, strict=True)]
