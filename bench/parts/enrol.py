"""Faces enrolled over HTTP on a warm local stack, with the official client, one call after the other."""

import base64
import time
from collections.abc import Iterator
from statistics import median

from bench.clock import milliseconds, paired
from bench.figures import Figure
from bench.networks import alone
from bench.photos import SMALL, photo
from bench.served import served
from visage.faces.enrolment import usable_face
from visage.faces.recognition.embed import embed
from visage.media.decode import decode
from visage.media.limits import GREEN

PERSONS = 25
_ADD = "AddFacesFunction"


def figures() -> Iterator[Figure]:
    """One image a call; each person has a group of its own, and the last one is looked for."""
    image = photo(SMALL)
    url = "base64://" + base64.b64encode(image).decode()

    def in_process() -> None:
        pixels = decode(image, GREEN).pixels
        embed(pixels, usable_face(pixels))

    networks = alone(in_process)
    taken, inside, floors, waited = [], [], [], []
    with served() as there:
        people = [f"bench-{number}" for number in range(PERSONS + 1)]
        for person in people:
            there.green("AddPerson", {"personId": person, "groupIds": [person]})
        for person in people:
            before, processes = there.processor(_ADD), there.processes(_ADD)
            started = time.perf_counter()
            (face,) = there.green("AddFaces", {"personId": person, "urls": [url]})["faceImageItems"]
            seconds = time.perf_counter() - started
            assert face["success"], face
            # A process that was started for this call, the first one or one after an idle one was ended, loads all.
            if processes and there.processes(_ADD) == processes:
                taken.append(there.processor(_ADD) - before)
                waited.append(seconds)
                inside.append(milliseconds(in_process))
                floors.append(milliseconds(networks))
        (entry,) = there.green("SearchPerson", {"url": url, "groupId": people[-1]})
        (seen,) = entry["results"][0]["topPersonData"]
        assert [each["personId"] for each in seen["persons"]] == people[-1:], seen
    n = len(taken)
    pair = paired(taken, floors)
    yield Figure(
        "enrol a face over HTTP: the function", pair.value, "ms", n, pair.floor, "the networks that it runs",
        pair.ratio, goal=1.15,
    )  # fmt: skip
    yield Figure("  faces that its core enrols in a second", 1000 / pair.value, "", n)
    pair = paired(inside, floors)
    yield Figure("  of it in process", pair.value, "ms", n, pair.floor, "the networks", pair.ratio)
    yield Figure("  until the client has its answer, by the clock", 1000 * median(waited), "ms", n)
