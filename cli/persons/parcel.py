"""The folder of an exported library: a line of JSON for each person, and a file for each kept image."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cli.deployment.target import TargetError
from visage.gallery.persons.types import Person, StoredFace

_FLOAT = np.dtype("<f4")


@dataclass
class Parcel:
    """An exported library: `persons.jsonl`, and `images/<person>/<face>`."""

    folder: Path
    persons: int = 0
    images: int = field(default=0)

    @classmethod
    def create(cls, folder: Path) -> "Parcel":
        """Create an empty parcel that only this user may read. Raises TargetError if the folder exists."""
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            raise TargetError(f"{folder} exists already; choose another folder") from None
        except OSError as error:
            raise TargetError(f"cannot write {folder}: {error.strerror}") from None
        (folder / "persons.jsonl").touch(mode=0o600)
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> "Parcel":
        """Open an existing parcel. Raises TargetError if the folder is not one."""
        try:
            with (folder / "persons.jsonl").open() as lines:
                return cls(folder, sum(1 for _line in lines))
        except OSError:
            raise TargetError(f"{folder} is not an exported library: it has no persons.jsonl") from None

    def add(self, person: Person, image: Callable[[StoredFace], bytes | None]) -> None:
        """Add a person with its existing images."""
        faces = [self._pack_face(person, face, image(face) if face.kept else None) for face in person.faces.values()]
        described = {"id": person.id, "name": person.name, "note": person.note, "groups": sorted(person.groups)}
        with (self.folder / "persons.jsonl").open("a") as lines:
            lines.write(json.dumps(described | {"faces": faces}, ensure_ascii=False) + "\n")
        self.persons += 1

    def all(self) -> Iterator[Person]:
        """The persons. Raises TargetError for an invalid line, as an interrupted export leaves it."""
        with (self.folder / "persons.jsonl").open() as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield _read_person(json.loads(line))
                except (KeyError, TypeError, ValueError):
                    raise TargetError(f"line {number} of {lines.name} is not a person") from None

    def image(self, person: Person, face: StoredFace) -> bytes | None:
        """The image of a face; None where it was not exported."""
        path = self._path(person, face)
        return path.read_bytes() if path.exists() else None

    def _path(self, person: Person, face: StoredFace) -> Path:
        return self.folder / "images" / person.id / face.id

    def _pack_face(self, person: Person, face: StoredFace, content: bytes | None) -> dict[str, Any]:
        if content is not None:
            path = self._path(person, face)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.images += 1
        return {
            "id": face.id,
            "embedding": base64.b64encode(face.embedding.astype(_FLOAT).tobytes()).decode(),
            "model": face.model,
            "origin": face.origin,
            "image": content is not None,
        }


def _read_person(described: dict[str, Any]) -> Person:
    faces = {each["id"]: _read_face(each) for each in described["faces"]}
    return Person(
        id=described["id"],
        born="",
        stamp="",
        name=described["name"],
        note=described["note"],
        groups=frozenset(described["groups"]),
        faces=faces,
    )


def _read_face(described: dict[str, Any]) -> StoredFace:
    embedding = np.frombuffer(base64.b64decode(described["embedding"], validate=True), _FLOAT)
    return StoredFace(described["id"], embedding, described["model"], described["origin"], described["image"])
