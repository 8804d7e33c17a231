"""A warm stack over HTTP, with the official client, sequentially."""

import time
from collections.abc import Iterator
from statistics import quantiles

from aliyunsdkcore.client import AcsClient

from bench.report import Row
from demo.calls import compare
from local.stack import Stack
from visage.faces.recognition.compare import compare as compare_pixels
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES

REQUESTS = 60


def rows(stack: Stack, photo: bytes) -> Iterator[Row]:
    client = AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou")
    over_http, in_process = [], []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        answer = compare(client, stack.url, photo, photo, "JSON")
        over_http.append(1000 * (time.perf_counter() - started))
        assert answer.code == "1", answer.code
        started = time.perf_counter()
        compare_pixels(*(decode(photo, COMPARE_FACES).pixels for _ in range(2)))
        in_process.append(1000 * (time.perf_counter() - started))
    for name, index in (("p50", 9), ("p95", 18)):
        value, floor = (quantiles(times[1:], n=20)[index] for times in (over_http, in_process))
        yield Row(f"warm over HTTP, two 640x480, {name} of {REQUESTS}", value, "ms", floor, "the same in process")
