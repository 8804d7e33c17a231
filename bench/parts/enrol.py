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
    """One image a call; each person is looked for right afterwards, in a group of its own."""
    image = photo(SMALL)
    url = "base64://" + base64.b64encode(image).decode()

    def in_process() -> None:
        pixels = decode(image, GREEN).pixels
        embed(pixels, usable_face(pixels))

    networks = alone(in_process)
    taken, inside, floors, waited, found = [], [], [], [], 0
    with served() as there:
        for number in range(PERSONS + 1):
            person, group = f"bench-{number}", f"bench-{number}"
            there.green("AddPerson", {"personId": person, "groupIds": [group]})
            before, started = there.processor(_ADD), time.perf_counter()
            (face,) = there.green("AddFaces", {"personId": person, "urls": [url]})["faceImageItems"]
            seconds = time.perf_counter() - started
            assert face["success"], face
            (entry,) = there.green("SearchPerson", {"url": url, "groupId": group})
            (seen,) = entry["results"][0]["topPersonData"]
            if number:  # the first call loads what later ones find
                taken.append(there.processor(_ADD) - before)
                waited.append(seconds)
                inside.append(milliseconds(in_process))
                floors.append(milliseconds(networks))
                found += person in {each["personId"] for each in seen["persons"]}
    mean, floor = sum(taken) / PERSONS, sum(floors) / PERSONS
    yield Figure(
        "enrol a face over HTTP: the function", mean, "ms", PERSONS, floor, "the networks that it runs", goal=1.15
    )
    yield Figure("  faces that its core enrols in a second", 1000 / mean, "", PERSONS)
    pair = paired(inside, floors)
    yield Figure("  of it in process", pair.value, "ms", PERSONS, pair.floor, "the networks", pair.ratio)
    yield Figure("  until the client has its answer, by the clock", 1000 * median(waited), "ms", PERSONS)
    yield Figure("  found by the very next search", 100 * found / PERSONS, "%", PERSONS)
