"""Cold starts: the processor time of a function's process from its start to its first answer, by awslambdaric.

The floor is a process that imports what cannot be done without and opens what it needs, and does nothing with it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.clock import paired, processor_of
from bench.figures import Figure
from bench.served import Served, served
from local.functions.runtime import ExecutionEnvironment
from local.invoke import signed
from local.stack import ROOT, TEMPLATE, handler_environment
from local.template.read import read_template

N = 7
_TRIES = 5
_PEAK = """
import pathlib, re
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
_COMPARE = """
import os, numpy, onnxruntime, PIL.Image
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
for name in ("centerface", "yunet", "sface"):
    path = os.path.join(os.environ["VISAGE_MODELS"], name + ".onnx")
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
"""
_PERSONS = "import boto3; boto3.client('dynamodb')"


@dataclass(frozen=True, slots=True)
class _Case:
    function: str
    event: str
    floor: str
    of: str
    goal: float


_CASES = {
    "CompareFaces": _Case(
        "CompareFacesFunction", "compare_faces", _COMPARE, "imports of numpy, onnxruntime, Pillow; networks opened", 1.3
    ),
    "GetGroups": _Case("GetGroupsFunction", "get_groups", _PERSONS, "import of boto3, a client of DynamoDB", 1.2),
}


def figures() -> Iterator[Figure]:
    template = read_template(TEMPLATE)
    with served() as there:
        for name, case in _CASES.items():
            function = template.functions[case.function]
            environment = handler_environment(function, template, there.stack.endpoint)
            values, floors, peaks = [], [], []
            for number in range(N + 1):
                taken, peak = _first_answer(there, case, environment)
                bare, _ = _bare(case.floor, environment)
                if number:  # the first process of all compiles modules
                    values.append(taken)
                    floors.append(bare)
                    peaks.append(peak)
            found = paired(values, floors)
            yield Figure(
                f"first answer of {name}", found.value, "ms", N, found.floor, case.of, found.ratio, goal=case.goal
            )
            bare = _bare(case.floor, environment)[1]
            yield Figure(f"  most memory of {name} until then", max(peaks), "MiB", N, bare, "the same")


def _first_answer(there: Served, case: _Case, environment: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds of processor time, and MiB at most; tried again where a busy machine let the call's time run out."""
    for _ in range(_TRIES - 1):
        try:
            return _try(there, case, environment)
        except TimeoutError:
            continue
    return _try(there, case, environment)


def _try(there: Served, case: _Case, environment: Mapping[str, str]) -> tuple[float, float]:
    event = signed(json.loads((ROOT / "events" / f"{case.event}.json").read_text()), there.stack.client)
    function = read_template(TEMPLATE).functions[case.function]
    with tempfile.TemporaryDirectory() as folder:
        process = ExecutionEnvironment(function, environment, Path(folder, "log"))
        try:
            answer = process.invoke(json.dumps(event).encode())
            taken, status = processor_of(process.pid), Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.stop()
    if b"Error.Timeout" in answer.payload:
        raise TimeoutError(f"no answer of {case.function} in the time that a call has")
    assert b'"statusCode": 200' in answer.payload, answer.payload
    return taken, int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _bare(script: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """The same of a process that runs nothing but this."""
    process = subprocess.Popen(
        [sys.executable, "-c", script + _PEAK], env={**environment}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    peak = int(process.stdout.read()) / 1024
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0, script
    return 1000 * (usage.ru_utime + usage.ru_stime), peak
