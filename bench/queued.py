"""Asynchronous scans on a warm stack: submitted in one call, and polled until the last one is done."""

import json
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from aliyunsdkcore.client import AcsClient

from bench.calls import green
from bench.report import Row
from local.cloud.client import aws_client
from local.stack import Stack
from visage.faces.recognition.compare import compare
from visage.media.decode import decode
from visage.media.limits import GREEN

TASKS = 100


def rows(stack: Stack, photo: bytes) -> Iterator[Row]:
    client = AcsClient(stack.client.id, stack.client.secret, "cn-shanghai")
    first, second = (_upload(stack, photo, name) for name in ("first.jpg", "second.jpg"))
    tasks = [{"url": first, "extras": {"faceUrl": second}}] * TASKS
    _finish(client, stack, tasks[:1])
    started = time.perf_counter()
    entries = _finish(client, stack, tasks)
    whole = time.perf_counter() - started
    assert [entry["code"] for entry in entries] == [200] * TASKS
    in_process = []
    for _ in range(20):
        started = time.perf_counter()
        compare(*(decode(photo, GREEN).pixels for _ in range(2)))
        in_process.append(time.perf_counter() - started)
    floor = median(in_process)
    yield Row(f"asynchronous scan, two 640x480, of {TASKS}", 1000 * whole / TASKS, "ms", 1000 * floor, "in process")
    yield Row("asynchronous scans, on one core", TASKS / whole, "tasks/s")


def _upload(stack: Stack, photo: bytes, name: str) -> str:
    bucket = json.loads((stack.state / "stack.json").read_text())["settings"]["VISAGE_UPLOAD_BUCKET"]
    key = f"{stack.client.id}/uploads/{name}"
    aws_client("s3", stack.endpoint).put_object(Bucket=bucket, Key=key, Body=photo)
    return f"oss://{bucket}/{key}"


def _finish(client: AcsClient, stack: Stack, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    taken = green(client, stack, "ImageAsyncScan", {"scenes": ["sface-1"], "tasks": tasks})
    task_ids = [entry["taskId"] for entry in taken]
    while True:
        entries = green(client, stack, "ImageAsyncScanResults", task_ids)
        if all(entry["code"] != 280 for entry in entries):
            return entries
        time.sleep(0.25)
