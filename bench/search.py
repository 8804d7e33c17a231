"""Search in galleries of 10,000 to 1,000,000 faces, next to other implementations: python -m bench.search

All implementations search for a probe in turn, so that load on the machine affects all alike, and each time a floor is
measured: a streaming read of the same bytes. Memory stands in for S3 and DynamoDB, whose time is extra.
"""

import io
import os
import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from statistics import quantiles
from typing import Any
from unittest import mock

import faiss
import numpy as np
import simsimd

from bench.faces import People
from bench.report import Row, print_table
from visage import aws
from visage.gallery.index import snapshot_files
from visage.gallery.index.container_cache import ContainerCache
from visage.gallery.index.loaded_group import LoadedGroup
from visage.gallery.index.quantizer import Codes, trained
from visage.gallery.index.scan import Probe
from visage.gallery.index.search import nearest, similarities
from visage.gallery.index.segments import Faces, Segment, Table, encode_ids
from visage.gallery.index.snapshot_files import Edition
from visage.gallery.persons.types import Person, StoredFace

SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
PROBES = 40
"""Half of them people in the gallery, half strangers."""
COUNT = 5
_MODEL = "bench"
_PART = 50_000

Find = Callable[[np.ndarray], Any]
"""Searches with one probe, float32 (128,)."""


def rows() -> Iterator[Row]:
    faiss.omp_set_num_threads(1)
    people = People.read(PROBES // 2)
    for name, size in SIZES.items():
        yield from _rows(f"search {name}", people, size)


def _rows(name: str, people: People, size: int) -> Iterator[Row]:
    faces = people.gallery(size)
    probes = np.concatenate([people.probes, people.strangers(PROBES - len(people.probes))])
    file = _file(faces)
    kept = ContainerCache(2**40)
    with (
        mock.patch.object(aws, "client", lambda _name: file),
        mock.patch("visage.gallery.index.loaded_group.container_cache", lambda: kept),
    ):
        started = time.perf_counter()
        snapshot = LoadedGroup(file.edition)
        snapshot.load()
        loaded = time.perf_counter() - started
        file.content = b""
        ours = _Ours(snapshot, faces)
        started = time.perf_counter()
        ours.find(probes[0])
        first = time.perf_counter() - started
        coded = snapshot._load_coded(file.edition.files[0]).faces
        codes, memory = coded.codes, (coded.nbytes + snapshot._layout.tables[0].nbytes) / 2**20
        implementations = [_Implementation("", ours.find, codes.numbers, "a read of the codes"), *_others(faces, codes)]
        measured = _measure(implementations, probes)
    yield Row(f"{name}: load, without the network", 1000 * loaded, "ms", of=f"({len(faces) * 139 / 2**20:.0f} MiB)")
    yield Row(f"{name}: memory", memory, "MiB", codes.numbers.nbytes / 2**20, "128 bytes a face")
    yield Row(f"{name}: first search after the load", 1000 * first, "ms")
    for implementation, (times, floors) in zip(implementations, measured, strict=True):
        for percentile, index in (("p50", 9), ("p95", 18)):
            value, floor = (1000 * quantiles(each, n=20)[place] for each, place in ((times, index), (floors, 9)))
            title = f"{name}{implementation.name}: warm, {percentile} of {PROBES}"
            yield Row(title, value, "ms", floor, implementation.floor)
    yield Row(f"{name}: persons compared exactly", ours.compared / ours.searches, "of 5", of=f"({people.about})")


@dataclass(frozen=True, slots=True, eq=False)
class _Implementation:
    name: str
    find: Find
    reads: np.ndarray
    """The array that it has to read for each probe."""
    floor: str


class _Ours:
    """The shipped search, with persons from an array."""

    def __init__(self, snapshot: LoadedGroup, faces: np.ndarray) -> None:
        self._snapshot = snapshot
        self._faces = faces
        self.searches = self.compared = 0

    def find(self, probe: np.ndarray) -> list[int]:
        (matches,) = nearest(self._snapshot, probe[None], COUNT, model=_MODEL, changed={}, read=self._read)
        self.searches += 1
        return [int(match.person_id) for match in matches]

    def _read(self, person_ids: Collection[str]) -> dict[str, Person]:
        self.compared += len(person_ids)
        return {each: self._person(each) for each in person_ids}

    def _person(self, person_id: str) -> Person:
        face = StoredFace(person_id, self._faces[int(person_id)], _MODEL, "", kept=False)
        return Person(person_id, born="", stamp="", faces={face.id: face})


def _others(faces: np.ndarray, codes: Codes) -> Iterator[_Implementation]:
    """Other implementations of the same search; only the first two are exact."""

    def numpy(probe: np.ndarray) -> np.ndarray:
        scores = faces @ probe
        best = np.argpartition(scores, -COUNT)[-COUNT:]
        return best[np.argsort(-scores[best])]

    yield _Implementation(", numpy float32", numpy, faces, "a read of the float32")
    flat = faiss.IndexFlatIP(faces.shape[1])
    yield _Implementation(", faiss flat", _faiss(flat, faces), faces, "a read of the float32")
    eight_bits = faiss.IndexScalarQuantizer(faces.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    yield _Implementation(", faiss SQ8", _faiss(eight_bits, faces), codes.numbers, "a read of the codes")
    signed = faiss.ScalarQuantizer.QT_8bit_direct_signed
    direct = faiss.IndexScalarQuantizer(faces.shape[1], signed, faiss.METRIC_INNER_PRODUCT)
    yield _Implementation(", faiss on our codes", _faiss(direct, codes.numbers), codes.numbers, "a read of the codes")

    def kernel(probe: np.ndarray) -> Any:
        numbers = Probe.prepare(probe, trained()).numbers
        return simsimd.cdist(numbers[None], codes.numbers, metric="dot", out_dtype="f32")

    yield _Implementation(", simsimd's products alone", kernel, codes.numbers, "a read of the codes")


def _faiss(index: Any, rows: np.ndarray) -> Find:
    index.train(rows[:_PART].astype(np.float32))
    for start in range(0, len(rows), _PART):
        index.add(rows[start : start + _PART].astype(np.float32))
    return lambda probe: index.search(probe[None], COUNT)


def _measure(implementations: list[_Implementation], probes: np.ndarray) -> list[tuple[list[float], list[float]]]:
    """Per implementation, the seconds of each probe and those of its floor."""
    measured: list[tuple[list[float], list[float]]] = [([], []) for _way in implementations]
    for probe in probes:
        for implementation, (times, floors) in zip(implementations, measured, strict=True):
            floors.append(_seconds(lambda implementation=implementation: implementation.reads.view(np.uint32).max()))
            times.append(_seconds(lambda implementation=implementation, probe=probe: implementation.find(probe)))
        _check(implementations[0].find(probe), implementations[1].reads, probe)
    return measured


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _check(found: list[int], faces: np.ndarray, probe: np.ndarray) -> None:
    """Assert that these are the best of all, in order."""
    near = np.argpartition(faces @ probe, -10 * COUNT)[-10 * COUNT :]
    exact = similarities(faces[near], probe)
    best = sorted(zip(-exact, map(_name, near), near, strict=True))[:COUNT]
    assert found == [each for _similarity, _name, each in best], (found, best)


class _File:
    """The only file of a snapshot; also stands in for S3's client."""

    def __init__(self, segment: Segment) -> None:
        self.content: bytes | bytearray = b""
        with mock.patch.object(aws, "client", lambda _name: self):
            self.edition = Edition("bench", (snapshot_files.write("bench", "bench", segment),))

    def put_object(self, *, Body: bytearray, **_parameters: str) -> None:
        self.content = Body

    def upload_fileobj(self, content: io.BytesIO, _bucket: str, _key: str) -> None:
        self.content = content.getvalue()

    def get_object(self, *, Range: str, **_parameters: str) -> dict[str, Any]:
        first, last = map(int, re.findall(r"\d+", Range))
        return {"Body": io.BytesIO(memoryview(self.content)[first : last + 1])}


def _file(faces: np.ndarray) -> _File:
    """A snapshot file with one person per face."""
    parts = [trained().encode(faces[start : start + _PART]) for start in range(0, len(faces), _PART)]
    names = ("numbers", "offsets", "lost", "lengths")
    codes = Codes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    table = Table(encode_ids(map(_name, range(len(faces)))), np.ones(len(faces), np.uint8), (_MODEL,), trained())
    return _File(Segment(table, Faces(codes, np.zeros(len(faces), np.uint8))))


def _name(number: int) -> str:
    return f"{number:09}"


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print_table(list(rows()))
