"""Writes files of the state folder: readable by this user only, and never half written."""

import json
import os
from pathlib import Path
from typing import Any


def write_privately(path: Path, content: bytes) -> None:
    """Replace the file atomically: a reader or a crash sees the old or the new content, never a part."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON like `write_privately`, indented for people."""
    write_privately(path, (json.dumps(content, indent=2) + "\n").encode())
