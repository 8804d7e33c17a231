"""The journal of changes since the state was last saved: each request is on disk before it is answered.

A journal file has one JSON line per request. A process killed while writing leaves half a line, whose request was not
answered.
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
    """A request that changed something."""

    number: int
    """Counts up from 1."""
    service: str
    environ: dict[str, str]
    body: bytes


class Journal:
    """A folder of journal files. Callers ensure that methods do not run concurrently."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._old = sorted(folder.iterdir())
        self.last = 0
        self._file: Any = None

    def entries(self) -> Iterator[Entry]:
        """The entries that earlier processes left, in order; afterwards `last` is the number of the last one."""
        for path in self._old:
            for line in path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    stored = json.loads(line)
                    self.last = max(self.last, stored["number"])
                    body = base64.b64decode(stored["body"])
                    yield Entry(stored["number"], stored["service"], stored["environ"], body)

    def add(self, service: str, environ: dict[str, Any], body: bytes) -> None:
        """Append a request. It survives the end of this process at once, but a power cut may lose the last second."""
        if self._file is None:
            self._file = self._open()
        self.last += 1
        kept = {name: str(value) for name, value in environ.items() if name in _KEPT or name.startswith("HTTP_")}
        stored = {"number": self.last, "service": service, "environ": kept, "body": base64.b64encode(body).decode()}
        self._file.write(json.dumps(stored).encode() + b"\n")

    def turn(self) -> list[Path]:
        """Start a new file with the next entry; return the files before it, to be removed once their changes are
        saved."""
        done = self._old
        if self._file is not None:
            done.append(Path(self._file.name))
            self._file.close()
        self._old, self._file = [], None
        return done

    def skip_to(self, number: int) -> None:
        """Make later entries have greater numbers than this one."""
        self.last = max(self.last, number)

    def _open(self) -> Any:
        path = self._folder / f"{self.last + 1:016d}"
        return open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))
