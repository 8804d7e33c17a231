"""A store of files under their SHA-256, shared by all builds of this user.

Files appear whole or not at all, so builds may run side by side and be interrupted at any moment.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from .errors import BuildError


def folder() -> Path:
    """`VISAGE_CACHE`, or `~/.cache/visage`. BuildError for a user who has no home."""
    if cache := os.environ.get("VISAGE_CACHE"):
        return Path(cache)
    try:
        return Path.home() / ".cache" / "visage"
    except RuntimeError:
        raise BuildError("VISAGE_CACHE must name a folder for the downloads, because this user has no home.") from None


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def find(sha256: str) -> Path | None:
    """The stored file with this SHA-256, checked; None when there is none or it has been damaged."""
    path = folder() / sha256
    return path if path.is_file() and digest(path.read_bytes()) == sha256 else None


def add(data: bytes) -> Path:
    """Stores `data` and returns its path."""
    path = folder() / digest(data)
    write(path, data)
    return path


def write(path: Path, data: bytes) -> None:
    """Writes a file in one step: whoever reads `path` sees all of the old content or all of the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(unfinished, 0o644)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise
