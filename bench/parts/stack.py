"""The local stack: what it takes until it is ready, and its memory after each operation was called once."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.clock import paired
from bench.figures import Figure
from local.invoke import signed
from local.stack import ROOT, TEMPLATE, Stack, serve
from local.template.read import read_template

N = 3
_MEMORY = 600.0
"""MiB that are wanted."""
_REST = 5.0
"""Seconds after the last call: by then the longest idle processes are ended (local/functions/keeper.py)."""
_IMPORTS = "import moto.server, moto.dynamodb, moto.s3, moto.ssm, moto.sqs, boto3, numpy, onnxruntime, PIL.Image"


def figures() -> Iterator[Figure]:
    os.sched_setaffinity(0, set(range(os.cpu_count() or 1)))  # a stack is served on all cores
    waits, processor, imports = [], [], []
    for number in range(N):
        before = os.times().children_user + os.times().children_system
        subprocess.run([sys.executable, "-c", _IMPORTS], check=True)
        imports.append(os.times().children_user + os.times().children_system - before)
        with tempfile.TemporaryDirectory() as state:
            started, before = time.monotonic(), _all_processor()
            with serve(port=0, state=Path(state)) as stack:
                waits.append(time.monotonic() - started)
                processor.append(_all_processor() - before)
                if number == N - 1:
                    called, refused = _call_each(stack)
                    time.sleep(_REST)
                    sizes = [_memory(pid) for pid in _tree(os.getpid())]
    found = paired(processor, imports)
    yield Figure(
        "ready: processor time", found.value, "s", N, found.floor, "imports of moto and of what functions need, once",
        found.ratio, goal=1.5,
    )  # fmt: skip
    yield Figure("  by the clock", median(waits), "s", N)
    of = f"the goal; {called} functions were called, {refused} of them refused the sample; {len(sizes)} processes"
    # No claim: which idle processes have ended until now differs from run to run.
    yield Figure("memory, seconds after each operation was called", sum(sizes), "MiB", 1, _MEMORY, of)


def _call_each(stack: Stack) -> tuple[int, int]:
    """Every function with a route and a sample of an event: how many were called, and how many said no to it."""
    template = read_template(TEMPLATE)
    assert template.api and stack.client
    refused = called = 0
    for name in sorted({route.function for route in template.api.routes}):
        file = ROOT / "events" / f"{template.functions[name].handler.partition('.')[0]}.json"
        if not file.exists():
            continue
        event: Any = signed(json.loads(file.read_text()), stack.client)
        answer = json.loads(stack.functions[name].invoke(json.dumps(event).encode()).payload)
        called += 1
        refused += answer.get("statusCode") != 200
    return called, refused


def _tree(root: int) -> list[int]:
    """A process and those that it started, and theirs."""
    found = [root]
    for pid in found:
        for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, tasks.read_text().split())
    return found


def _memory(pid: int) -> float:
    """MiB; what processes share is divided among them."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("Pss:")[2].split()[0]) / 1024


def _all_processor() -> float:
    """Seconds of processor time of all processes of this tree, and of those that have ended."""
    ticks = 0
    for pid in _tree(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
