"""Enrolment over HTTP on a warm stack, with the official client, sequentially."""

import base64
import time
from collections.abc import Iterator
from statistics import median

from aliyunsdkcore.client import AcsClient

from bench.calls import green
from bench.report import Row
from local.stack import Stack
from visage.faces.enrolment import usable_face
from visage.faces.recognition.embed import embed
from visage.media.decode import decode
from visage.media.limits import GREEN

PERSONS = 30
GROUP = "bench"


def rows(stack: Stack, photo: bytes) -> Iterator[Row]:
    """Faces enrolled per second, one image per call; and how soon a new face is found by a search."""
    client = AcsClient(stack.client.id, stack.client.secret, "cn-shanghai")
    url = "base64://" + base64.b64encode(photo).decode()
    adding, in_process, finding, found = [], [], [], 0
    for number in range(PERSONS):
        person = f"{GROUP}-{number}"
        green(client, stack, "AddPerson", {"personId": person, "groupIds": [f"{GROUP}-{number % 10}"]})
        started = time.perf_counter()
        (face,) = green(client, stack, "AddFaces", {"personId": person, "urls": [url]})["faceImageItems"]
        added = time.perf_counter()
        assert face["success"], face
        (entry,) = green(client, stack, "SearchPerson", {"url": url, "groupId": f"{GROUP}-{number % 10}"})
        finding.append(time.perf_counter() - added)
        (seen,) = entry["results"][0]["topPersonData"]
        found += person in {each["personId"] for each in seen["persons"]}
        adding.append(added - started)
        started = time.perf_counter()
        pixels = decode(photo, GREEN).pixels
        embed(pixels, usable_face(pixels))
        in_process.append(time.perf_counter() - started)
    per_face, floor = median(adding[1:]), median(in_process[1:])
    yield Row("enrol over HTTP, 640x480, a face", 1000 * per_face, "ms", 1000 * floor, "the networks in process")
    yield Row("enrol over HTTP, on one core", 1 / per_face, "faces/s")
    yield Row(f"found by the very next search, of {PERSONS}", 100 * found / PERSONS, "%")
    yield Row("that search, over HTTP", 1000 * median(finding[1:]), "ms")
