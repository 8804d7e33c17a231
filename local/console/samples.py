"""Portraits to try the page with: those of the demo, where they were fetched."""

import json
from pathlib import Path

from console.bundle import Asset
from modelkit import store

FOLDER = "portraits/"
USES = {
    "compare": ["obama.jpg", "obama2.jpg"],
    "faces": ["sample6.jpg"],
    "people": ["obama.jpg", "obama3.jpg", "biden.jpg"],
    "search": ["obama2.jpg"],
    "liveness": ["obama.jpg"],
}
"""What the page offers them for → files."""


def sample(name: str) -> Asset | None:
    """A portrait, or `list.json`, which says what there is: use → files."""
    if name == "list.json":
        there = {use: names for use, names in USES.items() if all(_file(each).is_file() for each in names)}
        return Asset(json.dumps(there).encode(), "application/json", "no-store")
    known = {each for names in USES.values() for each in names}
    if name not in known or not _file(name).is_file():
        return None
    return Asset(_file(name).read_bytes(), "image/jpeg", "private, max-age=3600")


def _file(name: str) -> Path:
    return store.folder() / "portraits" / name
