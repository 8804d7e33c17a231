"""Selects the faces of the second training: all that people labelled."""

from collections.abc import Iterator
from pathlib import Path

from ...data import lfw_files, utkface_files
from .. import labels
from ..chips import Chips, chips

FOLDERS = labels.FOLDERS | {"lfw_single": "attributes/lfw_single", "lfw_dev": "lfw_dev", "utkface": "utkface"}


def faces(data: Path, workers: int) -> dict[str, Chips]:
    """Set → its faces, cropped with a margin for augmentation."""
    return {name: chips(data / FOLDERS[name], files, name.startswith("lfw_"), workers) for name, files in chosen(data)}


def chosen(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Set and files."""
    told, looked = labels.told(data) | labels.lfw(data), labels.looked()
    for name, folder in FOLDERS.items():
        listed = {"lfw_dev": lfw_files, "utkface": utkface_files}.get(name)
        files = listed(data) if listed else sorted(p.name for p in (data / folder).iterdir() if p.suffix != ".md")
        seen = [file for file in files if labels.digest(f"{name}/{file}") in looked]
        said = [file for file in files if f"{name}/{file}" in told]
        yield name, sorted({*seen, *said})
