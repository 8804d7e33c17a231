"""Search in galleries of 10,000 to 1,000,000 faces, next to other implementations, all with one probe in turn.

Memory stands in for S3 and DynamoDB, whose time is extra. Each result is checked against a comparison with all faces.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import faiss
import numpy as np

from bench.clock import milliseconds, pair, paired
from bench.faces import People
from bench.figures import Figure
from bench.snapshot import MODEL, SnapshotFile, name
from visage import aws
from visage.gallery.index import loaded_group
from visage.gallery.index.container_cache import ContainerCache
from visage.gallery.index.loaded_group import LoadedGroup
from visage.gallery.index.quantizer import ZERO, Codes
from visage.gallery.index.search import nearest, similarities
from visage.gallery.persons.types import Person, StoredFace

SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
PROBES = 40
"""Half of them people in the gallery, half strangers."""
TOGETHER = 8
COUNT = 5
_LOADS = 5
_PART = 50_000

Find = Callable[[np.ndarray], Any]
"""Searches with one probe, float32 (128,)."""


def figures() -> Iterator[Figure]:
    faiss.omp_set_num_threads(1)
    people = People.read(PROBES // 2)
    probes = np.concatenate([people.probes, people.strangers(PROBES - len(people.probes))])
    for size_name, size in SIZES.items():
        yield from _of_size(f"search {size_name}", people.gallery(size), probes, people.about)


def _of_size(title: str, faces: np.ndarray, probes: np.ndarray, about: str) -> Iterator[Figure]:
    file = SnapshotFile(faces)
    loads = pair(lambda: _load(file), lambda: bytearray(file.content), _LOADS)
    snapshot = _load(file)
    coded = snapshot._load_coded(file.edition.files[0]).faces
    ours, (exact, flat, on_codes) = _Ours(snapshot, faces), _others(faces, coded.codes)
    ways = [_Way(ours.find), exact, flat, on_codes]
    floors = _in_turn(ways, coded.codes.numbers, probes)
    for probe in probes:
        _check(ours.find(probe), faces, probe)
    found = paired(ways[0].times, floors)
    yield Figure(
        f"{title}: one probe", found.value, "ms", found.n, found.floor, "a read of the codes", found.ratio, goal=1.3
    )
    found = paired(ways[0].times, on_codes.times)
    yield Figure(
        f"{title}: … against faiss on our codes, which loses some", found.value, "ms", found.n, found.floor,
        "faiss on the same codes", found.ratio, goal=1,
    )  # fmt: skip
    for way, what in ((exact, "numpy, float32"), (flat, "faiss flat, float32")):
        found = paired(ways[0].times, way.times)
        yield Figure(f"{title}: … against {what}", found.value, "ms", found.n, found.floor, what, found.ratio)
    several = pair(lambda: ours.together(probes[-TOGETHER:]), lambda: ours.find(probes[-1]), 10)
    yield Figure(
        f"{title}: {TOGETHER} probes in one pass", several.value, "ms", several.n, several.floor, "one probe",
        several.ratio, goal=3,
    )  # fmt: skip
    yield Figure(
        f"{title}: load, without the network", loads.value, "ms", loads.n, loads.floor, "a copy of the file",
        loads.ratio, goal=2,
    )  # fmt: skip
    memory = (coded.nbytes + snapshot._layout.tables[0].nbytes) / 2**20
    yield Figure(f"{title}: memory", memory, "MiB", 1, coded.codes.numbers.nbytes / 2**20, "128 bytes a face")
    yield Figure(f"{title}: persons compared exactly", ours.compared / ours.searched, "", ours.searched, of=about)


class _Kept(LoadedGroup):
    """A group that keeps what it has loaded."""

    def __init__(self, file: SnapshotFile) -> None:
        cache = ContainerCache(2**40)
        with mock.patch.object(loaded_group, "container_cache", lambda: cache):
            super().__init__(file.edition)
            self.__dict__["_kept"] = super()._load_coded(file.edition.files[0])

    def _load_coded(self, file: Any) -> Any:
        return self.__dict__["_kept"]


def _load(file: SnapshotFile) -> _Kept:
    """Anew, as after a cold start."""
    with mock.patch.object(aws, "client", lambda _name: file):
        return _Kept(file)


@dataclass(slots=True, eq=False)
class _Way:
    """One implementation of a search."""

    find: Find
    times: list[float] = field(default_factory=list)
    """Milliseconds of each probe."""


class _Ours:
    """The shipped search, with persons from an array."""

    def __init__(self, snapshot: LoadedGroup, faces: np.ndarray) -> None:
        self._snapshot = snapshot
        self._faces = faces
        self.searched = self.compared = 0

    def find(self, probe: np.ndarray) -> list[int]:
        return self.together(probe[None])[0]

    def together(self, probes: np.ndarray) -> list[list[int]]:
        found = nearest(self._snapshot, probes, COUNT, model=MODEL, changed={}, read=self._read)
        self.searched += len(probes)
        return [[int(match.person_id) for match in matches] for matches in found]

    def _read(self, person_ids: Collection[str]) -> dict[str, Person]:
        self.compared += len(person_ids)
        return {each: self._person(each) for each in person_ids}

    def _person(self, person_id: str) -> Person:
        face = StoredFace(person_id, self._faces[int(person_id)], MODEL, "", kept=False)
        return Person(person_id, born="", stamp="", faces={face.id: face})


def _others(faces: np.ndarray, codes: Codes) -> tuple[_Way, _Way, _Way]:
    """numpy and faiss on float32, which are exact, and faiss on our codes, which is not."""

    def numpy(probe: np.ndarray) -> np.ndarray:
        scores = faces @ probe
        best = np.argpartition(scores, -COUNT)[-COUNT:]
        return best[np.argsort(-scores[best])]

    flat = _faiss(faiss.IndexFlatIP(faces.shape[1]), faces)
    signed = faiss.ScalarQuantizer.QT_8bit_direct_signed
    direct = faiss.IndexScalarQuantizer(faces.shape[1], signed, faiss.METRIC_INNER_PRODUCT)
    return _Way(numpy), _Way(flat), _Way(_faiss(direct, codes.numbers.astype(np.int16) - ZERO))


def _faiss(index: Any, rows: np.ndarray) -> Find:
    index.train(rows[:_PART].astype(np.float32))
    for start in range(0, len(rows), _PART):
        index.add(rows[start : start + _PART].astype(np.float32))
    return lambda probe: index.search(probe[None], COUNT)


def _in_turn(ways: list[_Way], codes: np.ndarray, probes: np.ndarray) -> list[float]:
    """Searches for each probe in each way; milliseconds of the reads of the codes that come between."""
    floors = []
    for way in ways:
        way.find(probes[0])
    for number, probe in enumerate(probes):
        floors.append(milliseconds(lambda: codes.view(np.uint32).max()))
        for way in ways[:: 1 if number % 2 else -1]:
            way.times.append(milliseconds(lambda way=way, probe=probe: way.find(probe)))
    return floors


def _check(found: list[int], faces: np.ndarray, probe: np.ndarray) -> None:
    """Assert that these are the best of all, in order."""
    near = np.argpartition(faces @ probe, -10 * COUNT)[-10 * COUNT :]
    exact = similarities(faces[near], probe)
    best = sorted(zip(-exact, map(name, near), near, strict=True))[:COUNT]
    assert found == [each for _similarity, _name, each in best], (found, best)
