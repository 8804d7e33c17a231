"""What was changed since the state was saved last: each request, on disk before it is answered.

A file of the journal has a JSON line for each request. Whoever is killed in the middle of a line leaves half of it, and
its request was not answered.
"""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEPT = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "SERVER_NAME", "SERVER_PORT")


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that has changed something."""

    number: int
    """From 1; each is one more than the one before."""
    service: str
    environ: dict[str, str]
    body: bytes


class Journal:
    """The files of a folder. Callers see to it that methods do not run at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._old = sorted(folder.iterdir())
        self.last = 0
        self._file: Any = None

    def entries(self) -> Iterator[Entry]:
        """What earlier processes have left, in order; `last` is the number of the last one then."""
        for path in self._old:
            for line in path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    stored = json.loads(line)
                    self.last = max(self.last, stored["number"])
                    body = base64.b64decode(stored["body"])
                    yield Entry(stored["number"], stored["service"], stored["environ"], body)

    def add(self, service: str, environ: dict[str, Any], body: bytes) -> None:
        """Write one down. It outlives this process as soon as this returns; not a power cut, which loses a second."""
        if self._file is None:
            self._file = self._open()
        self.last += 1
        kept = {name: str(value) for name, value in environ.items() if name in _KEPT or name.startswith("HTTP_")}
        stored = {"number": self.last, "service": service, "environ": kept, "body": base64.b64encode(body).decode()}
        self._file.write(json.dumps(stored).encode() + b"\n")

    def turn(self) -> list[Path]:
        """Begin a new file with the next entry; the files before it, to be removed once what they say is saved."""
        done = self._old
        if self._file is not None:
            done.append(Path(self._file.name))
            self._file.close()
        self._old, self._file = [], None
        return done

    def skip_to(self, number: int) -> None:
        """Give no entry a number up to this one."""
        self.last = max(self.last, number)

    def _open(self) -> Any:
        path = self._folder / f"{self.last + 1:016d}"
        return open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))
