"""Asynchronous scans by the official Python client of Green, against a running stack, over HTTP."""

import hashlib
import io
import json
import os
import queue
import random
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from importlib import import_module
from urllib.parse import parse_qs

import pytest
from aliyunsdkcore.client import AcsClient
from PIL import Image

from demo.portraits import portraits
from local.cloud.client import aws_client
from tests.support.web import Site, serving

BURST = 200
PATIENCE = 300
"""Seconds for what takes a tenth of them on a machine with nothing else to do."""
AGAIN_SECONDS = 10
"""A message comes back after so long; in the deployment, after three minutes."""


@pytest.fixture(scope="module", autouse=True)
def impatient(stack):
    """Make undeleted messages visible again soon."""
    hide_for(stack, AGAIN_SECONDS)


def hide_for(stack, seconds):
    url = queue_url(stack, "ScanQueue")
    aws_client("sqs", stack.endpoint).set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)}
    )


def queue_url(stack, name):
    return aws_client("sqs", stack.endpoint).get_queue_url(QueueName=f"visage-local-{name}")["QueueUrl"]


@pytest.fixture
def call(stack):
    """Call an action with a body; return its data."""

    def call(action, body):
        module = import_module(f"aliyunsdkgreen.request.v20180509.{action}Request")
        request = getattr(module, f"{action}Request")()
        request.set_endpoint(stack.url)
        request.set_accept_format("JSON")
        request.set_content(json.dumps(body).encode())
        client = AcsClient(stack.client.id, stack.client.secret, "cn-shanghai")
        answer = json.loads(client.do_action_with_exception(request))
        assert (answer["code"], answer["msg"]) == (200, "OK")
        return answer["data"]

    return call


@pytest.fixture
def finished(call):
    """Poll tasks until none is waiting; return their entries."""

    def finished(task_ids):
        entries, left = {}, list(task_ids)
        deadline = time.monotonic() + PATIENCE
        while left:
            assert time.monotonic() < deadline, f"{len(left)} of {len(task_ids)} tasks are left"
            asked = left[:100]
            found = [entry for entry in call("ImageAsyncScanResults", asked) if entry["code"] != 280]
            entries |= {entry["taskId"]: entry for entry in found}
            left = [task_id for task_id in left if task_id not in entries]
            if len(found) < len(asked):
                time.sleep(0.5)
        return [entries[task_id] for task_id in task_ids]

    return finished


@pytest.fixture(scope="module")
def photo(stack):
    """The address of a small portrait among the client's uploads."""
    key = f"{stack.client.id}/uploads/obama.jpg"
    (bucket,) = [name for name in json.loads((stack.state / "stack.json").read_text())["buckets"] if "upload" in name]
    image, content = Image.open(portraits() / "obama.jpg").convert("RGB"), io.BytesIO()
    image.thumbnail((300, 300))
    image.save(content, "JPEG")
    aws_client("s3", stack.endpoint).put_object(Bucket=bucket, Key=key, Body=content.getvalue())
    return f"oss://{bucket}/{key}"


@contextmanager
def receiving():
    """A callback receiver: its address, its first responses, and what it received."""
    received, answers = queue.SimpleQueue(), []

    class Receiver(Site):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.path, self.headers["Content-Type"], body.decode()))
            self.answer(answers.pop(0) if answers else 200)

    with serving(Receiver) as address:
        yield f"{address}/told?from=visage", answers, received


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture(scope="module")
def lasting_receiver():
    """A receiver for one test. It is told no more from then on: for eight seconds, while other tests run."""
    with receiving() as (url, answers, received):
        heard_all = []
        yield url, answers, received, lambda: heard_all.append(time.monotonic())
        time.sleep(max(0, heard_all[-1] + 8 - time.monotonic()) if heard_all else 0)
        assert received.empty(), "told twice"


def test_results_are_asked_for_and_are_told(stack, call, finished, photo, lasting_receiver):
    url, answers, received, expect_no_more = lasting_receiver
    answers.append(500)
    tasks = [{"dataId": "one", "url": photo, "extras": {"faceUrl": photo}}]
    taken = call("ImageAsyncScan", {"scenes": ["sface-1"], "tasks": tasks, "callback": url, "seed": "seed_1"})
    assert {name: taken[0][name] for name in ("code", "dataId", "url")} == {"code": 200, "dataId": "one", "url": photo}
    (entry,) = finished([taken[0]["taskId"]])
    assert (entry["code"], entry["dataId"], entry["results"][0]["label"]) == (200, "one", "same")
    (first, again) = (received.get(timeout=60) for _ in range(2))
    assert first == again, "the first was not taken"
    expect_no_more()
    path, content_type, body = again
    assert path == "/told?from=visage" and content_type.startswith("application/x-www-form-urlencoded")
    (checksum,), (content,) = (parse_qs(body)[name] for name in ("checksum", "content"))
    assert json.loads(content) == entry
    assert checksum == hashlib.sha256(f"{stack.client.id}seed_1{content}".encode()).hexdigest()


def test_all_scenes_can_be_asked_for(call, finished, photo):
    call("AddPerson", {"personId": "obama", "groupIds": ["office"]})
    assert call("AddFaces", {"personId": "obama", "urls": [photo]})["faceImageItems"][0]["success"]
    task = {"url": photo, "extras": {"faceUrl": photo, "groupId": "office"}}
    body = {"scenes": ["sface-1", "sface-n", "liveness"], "tasks": [task]}
    (taken,) = call("ImageAsyncScan", body)
    (later,) = finished([taken["taskId"]])
    (now,) = call("ImageSyncScan", body)
    assert [result["scene"] for result in later["results"]] == body["scenes"]
    assert {**later, "taskId": ""} == {**now, "taskId": ""}


def test_a_burst_loses_no_task_and_reports_all(call, finished, photo):
    """A hundred tasks, of which five compare two images and the others have invalid addresses."""
    taken = []
    for batch in range(BURST // 100):
        addresses = [photo if number % 20 == 0 else "nowhere" for number in range(100)]
        tasks = [
            {"dataId": f"{batch}-{number}", "url": address, "extras": {"faceUrl": address}}
            for number, address in enumerate(addresses)
        ]
        taken += call("ImageAsyncScan", {"scenes": ["sface-1"], "tasks": tasks})
    assert len({entry["taskId"] for entry in taken}) == BURST
    entries = finished([entry["taskId"] for entry in taken])
    assert [entry["dataId"] for entry in entries] == [entry["dataId"] for entry in taken]
    assert Counter(entry["code"] for entry in entries) == {200: BURST // 20, 400: BURST - BURST // 20}


def test_workers_that_are_killed_at_random_lose_no_task(stack, call, finished, photo, receiver):
    url, _answers, received = receiver
    tasks = [{"dataId": str(number), "url": photo, "extras": {"faceUrl": photo}} for number in range(40)]
    taken = call("ImageAsyncScan", {"scenes": ["sface-1"], "tasks": tasks, "callback": url, "seed": "a"})
    over, killed = threading.Event(), []
    killer = threading.Thread(target=kill_now_and_then, args=(stack, over, killed))
    killer.start()
    entries = finished([entry["taskId"] for entry in taken])
    over.set()
    killer.join()
    assert len(killed) >= 3
    assert [(entry["code"], entry["dataId"]) for entry in entries] == [(200, task["dataId"]) for task in tasks]
    told = Counter(told_of(received.get(timeout=60)) for _ in tasks)
    assert told == Counter(entry["taskId"] for entry in taken)


def told_of(received):
    return json.loads(parse_qs(received[2])["content"][0])["taskId"]


def kill_now_and_then(stack, over, killed):
    """Kill a process of the function that runs scans about every second and a half, ten times at most."""
    chance = random.Random(7)
    while len(killed) < 10 and not over.wait(chance.uniform(0.5, 2.5)):
        if workers := stack.functions["RunScanFunction"].processes:
            worker = chance.choice(workers)
            with suppress(ProcessLookupError):  # it may end by itself before
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)


def test_what_cannot_be_handled_fails_alone_and_ends_among_the_dead(stack, call, finished, photo):
    hide_for(stack, 1)
    sqs = aws_client("sqs", stack.endpoint)
    sqs.send_message(QueueUrl=queue_url(stack, "ScanQueue"), MessageBody="no task")
    (taken,) = call(
        "ImageAsyncScan", {"scenes": ["sface-1"], "tasks": [{"url": photo, "extras": {"faceUrl": photo}}]}
    )
    assert [entry["code"] for entry in finished([taken["taskId"]])] == [200]
    dead, deadline = [], time.monotonic() + PATIENCE
    while not dead and time.monotonic() < deadline:
        dead = sqs.receive_message(QueueUrl=queue_url(stack, "ScanDeadLetters"), WaitTimeSeconds=1).get("Messages", [])
    assert [message["Body"] for message in dead] == ["no task"]
    hide_for(stack, AGAIN_SECONDS)
