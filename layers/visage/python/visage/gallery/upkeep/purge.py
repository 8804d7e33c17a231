"""Erasure: removes deleted persons' data from the snapshots, and files that belong to no edition."""

import random
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from visage import table
from visage.gallery.index import snapshot_files
from visage.gallery.index.snapshot_files import FileGoneError
from visage.gallery.upkeep.compaction import compact
from visage.gallery.upkeep.pack import pack
from visage.gallery.upkeep.steps import run_all

T = TypeVar("T")

_GRACE = 3600
"""Seconds for which a file may belong to no edition yet. A packer has a quarter of this time to publish it."""


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did."""

    settled: int
    """Changes that the packer had left."""
    removed: int
    """Files that were rewritten, or belonged to no edition."""


def purge(now: float | None = None) -> PurgeReport:
    """Purge all groups that have a snapshot. `now`: seconds since 1970, from which the age of files is counted.

    Afterwards no file contains a face of anybody who had left a group when it began, unless a packer died less than an
    hour ago between writing and publishing the file. Failures are collected: they are raised in an ExceptionGroup after
    all libraries and groups were processed.
    """
    purger = _Purger(time.time() if now is None else now)
    stored: dict[tuple[str, str], list[tuple[str, datetime]]] = defaultdict(list)
    for entry in snapshot_files.stored():
        library, group_id, _name = entry["Key"].split("/")
        stored[library, group_id].append((entry["Key"], entry["LastModified"]))
    # Shuffled, because a purge that is cut off starts again from the beginning.
    libraries = _shuffled({library for library, _group_id in stored})
    groups = _shuffled(stored)
    packing = [partial(purger.pack, library) for library in libraries]
    run_all([*packing, *(partial(purger.clean, *group, stored[group]) for group in groups)])
    return PurgeReport(purger.settled, purger.removed)


def _shuffled(items: Collection[T]) -> list[T]:
    return random.sample(sorted(items), len(items))


class _Purger:
    """Counts what was done so far."""

    def __init__(self, now: float) -> None:
        self._now = now
        self.settled = 0
        self.removed = 0

    def pack(self, library: str) -> None:
        self.settled += pack(library).settled

    def clean(self, library: str, group_id: str, files: list[tuple[str, datetime]]) -> None:
        replaced = _rewrite(library, group_id)
        for key in replaced | _unused_files(library, group_id, files, self._now):
            snapshot_files.remove(key)
            self.removed += 1


def _rewrite(library: str, group_id: str) -> set[str]:
    """Rewrite the files that contain superseded rows; return the keys of the files that were replaced."""
    wait = table.backoff()
    while True:
        before = snapshot_files.edition(library, group_id)
        try:
            files = compact(library, group_id, before.files)
        except FileGoneError:
            wait()
            continue
        if files is before.files:
            return set()
        if snapshot_files.publish(library, group_id, before, files):
            return {file.key for file in before.files} - {file.key for file in files}
        wait()


def _unused_files(library: str, group_id: str, files: list[tuple[str, datetime]], now: float) -> set[str]:
    """Keys of the files that no edition needs any more.

    The edition is read after the files were listed: a file that is not in it, and too old to be about to join one,
    never will be. Readers of an earlier edition find their files gone and read the group again.
    """
    needed = {file.key for file in snapshot_files.edition(library, group_id).files}
    return {key for key, written in files if key not in needed and now - written.timestamp() > _GRACE}
