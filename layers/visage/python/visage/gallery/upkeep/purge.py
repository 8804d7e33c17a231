"""Erasure: what persons who are gone have left in the snapshots, and files that belong to no edition."""

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
from visage.gallery.upkeep.compaction import cleaned
from visage.gallery.upkeep.pack import pack
from visage.gallery.upkeep.steps import in_turn

T = TypeVar("T")

_YOUNG = 3600
"""Seconds for which a file may belong to no edition yet: a packer has a quarter of this time to publish it."""


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did."""

    settled: int
    """Changes that the packer had left."""
    removed: int
    """Files that were written anew, or belonged to no edition."""


def purge(now: float | None = None) -> PurgeReport:
    """Go through all groups that have a snapshot. `now`: seconds since 1970, which decides what is young.

    Afterwards no file holds a face of anybody who had left a group when it began, unless a packer died less than an
    hour ago between writing and publishing it. What goes wrong with one library or group is raised, in an
    ExceptionGroup, after the others have had their turn.
    """
    purger = _Purger(time.time() if now is None else now)
    stored: dict[tuple[str, str], list[tuple[str, datetime]]] = defaultdict(list)
    for entry in snapshot_files.stored():
        library, group_id, _name = entry["Key"].split("/")
        stored[library, group_id].append((entry["Key"], entry["LastModified"]))
    # Shuffled, because a purge that is cut off begins again with the first.
    libraries = _shuffled({library for library, _group_id in stored})
    groups = _shuffled(stored)
    packing = [partial(purger.pack, library) for library in libraries]
    in_turn([*packing, *(partial(purger.clean, *group, stored[group]) for group in groups)])
    return PurgeReport(purger.settled, purger.removed)


def _shuffled(things: Collection[T]) -> list[T]:
    return random.sample(sorted(things), len(things))


class _Purger:
    """What was done so far."""

    def __init__(self, now: float) -> None:
        self._now = now
        self.settled = 0
        self.removed = 0

    def pack(self, library: str) -> None:
        self.settled += pack(library).settled

    def clean(self, library: str, group_id: str, files: list[tuple[str, datetime]]) -> None:
        replaced = _clean(library, group_id)
        for key in replaced | _strays(library, group_id, files, self._now):
            snapshot_files.remove(key)
            self.removed += 1


def _clean(library: str, group_id: str) -> set[str]:
    """Write the files anew that hold what newer ones have taken back; those whose places were taken."""
    wait = table.patience()
    while True:
        before = snapshot_files.edition(library, group_id)
        try:
            files = cleaned(library, group_id, before.files)
        except FileGoneError:
            wait()
            continue
        if files is before.files:
            return set()
        if snapshot_files.publish(library, group_id, before, files):
            return {file.key for file in before.files} - {file.key for file in files}
        wait()


def _strays(library: str, group_id: str, files: list[tuple[str, datetime]], now: float) -> set[str]:
    """Those that no edition needs any more.

    The edition is read after the files were listed: who is not in it, and too old to be on its way into one, never
    will be. Readers of an earlier edition find their files gone, and read the group again.
    """
    needed = {file.key for file in snapshot_files.edition(library, group_id).files}
    return {key for key, written in files if key not in needed and now - written.timestamp() > _YOUNG}
