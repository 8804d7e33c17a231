"""Runs the shipped pipeline on every image; caches results by image content and pipeline version."""

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from math import dist
from pathlib import Path
from typing import Protocol

import numpy as np

from visage.errors import VisageError
from visage.faces import sessions
from visage.faces.appearance.quality import quality
from visage.faces.detection.detect import detect, detect_largest
from visage.faces.recognition import embed
from visage.faces.types import Face
from visage.media.decode import decode
from visage.media.limits import Limits

from .collection import Collection, Remark, person

LIMITS = Limits(bytes=64 * 2**20)
"""Accepts photos as cameras write them; the limit of one request (2 MB) is irrelevant here."""
_BATCH = 100
"""New images per write of the cache: the most that an interrupted run loses."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedFace:
    """The face used for an image."""

    vector: np.ndarray
    """float32 (d,), of length 1: the dot product of two is their cosine similarity."""
    box: tuple[float, float, float, float]
    """Left, top, width, height, as shares of the image's width and height."""
    quality: float
    """0 to 100: how likely the face is to be recognised again."""


class Embedder(Protocol):
    """Maps an image file to its face."""

    @property
    def version(self) -> str:
        """Changes whenever the same file could give another result."""

    def __call__(self, data: bytes) -> EmbeddedFace | None:
        """The face, or None. Raises VisageError when the bytes are not an image."""


def central_face(image: np.ndarray) -> Face | None:
    """The face whose box's centre is nearest to the image's, or None."""
    height, width = image.shape[:2]
    return min(detect(image), key=lambda face: dist(face.box.centre, (width / 2, height / 2)), default=None)


FACES = {"largest": detect_largest, "central": central_face}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Processes an image as the deployed functions do."""

    face: str = "largest"
    """Which face of an image to use, a key of FACES. The API uses the largest."""

    @property
    def version(self) -> str:
        return f"{embed.version()}-{sessions.sha256('quality')[:8]}-{self.face}"

    def __call__(self, data: bytes) -> EmbeddedFace | None:
        image = decode(data, LIMITS).pixels
        face = FACES[self.face](image)
        if face is None:
            return None
        height, width = image.shape[:2]
        box = face.box
        shares = box.left / width, box.top / height, box.width / width, box.height / height
        return EmbeddedFace(embed.embed(image, face), shares, quality(image, face))


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """The images with a face, and those without."""

    files: tuple[str, ...]
    people: tuple[str, ...]
    owner: np.ndarray
    """int (images,): index into `people` of each image's person."""
    vectors: np.ndarray
    """float32 (images, d)"""
    boxes: np.ndarray
    """float (images, 4), as in EmbeddedFace."""
    quality: np.ndarray
    """float (images,)"""
    faceless: tuple[str, ...]
    unreadable: tuple[str, ...]
    """Each with the reason."""
    repeated: tuple[str, ...]
    """Files with identical content, as "a = b"."""

    @property
    def remarks(self) -> tuple[Remark, ...]:
        found = []
        if self.unreadable:
            found.append(Remark("Images that could not be read are excluded.", self.unreadable))
        if self.faceless:
            found.append(Remark("Images in which no face was found are excluded.", self.faceless))
        if self.repeated:
            found.append(Remark("The same image exists under several names; its pairs are trivial.", self.repeated))
        return tuple(found)


def embed_all(
    collection: Collection,
    embedder: Embedder,
    cache: Path,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Gallery:
    """Embed all images that the cache, an SQLite file, does not contain.

    `workers`: number of processes (None: one per core; 1: this one).
    `progress` is called with the number of new images done and in total.
    """
    digests, unreadable = _digests(collection)
    cache.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(cache)) as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS faces (version, image, box, vector, quality, PRIMARY KEY (version, image))"
        )
        rows = database.execute("SELECT image FROM faces WHERE version = ?", [embedder.version])
        known = {image for (image,) in rows}
        new = {digest: collection.folder / file for file, digest in digests.items() if digest not in known}
        found = _map(partial(_embed, embedder), new.values(), workers)
        unwritten = []
        for done, (digest, result) in enumerate(zip(new, found, strict=True), 1):
            progress(done, len(new))
            if isinstance(result, str):
                unreadable |= {file: result for file, image in digests.items() if image == digest}
                continue
            row: tuple = (None,) * 3
            if result is not None:
                row = np.array(result.box).tobytes(), result.vector.tobytes(), result.quality
            unwritten.append((embedder.version, digest, *row))
            if len(unwritten) == _BATCH:
                _write(database, unwritten)
                unwritten = []
        _write(database, unwritten)
        query = "SELECT image, box, vector, quality FROM faces WHERE version = ?"
        rows = database.execute(query, [embedder.version])
        faces = {image: None if row[0] is None else _read(*row) for image, *row in rows}
    return _gallery(digests, faces, unreadable)


def _write(database: sqlite3.Connection, rows: list[tuple]) -> None:
    """Write immediately, so that a concurrent run waits only a moment; it may have written the same."""
    with database:
        database.executemany("INSERT OR IGNORE INTO faces VALUES (?, ?, ?, ?, ?)", rows)


def _read(box: bytes, vector: bytes, quality: float) -> EmbeddedFace:
    return EmbeddedFace(np.frombuffer(vector, np.float32), tuple(np.frombuffer(box)), quality)


def _digests(collection: Collection) -> tuple[dict[str, str], dict[str, str]]:
    """The SHA-256 of each file; and for unreadable files, the reason."""
    digests, unreadable = {}, {}
    for file in collection.files:
        try:
            digests[file] = hashlib.sha256((collection.folder / file).read_bytes()).hexdigest()
        except OSError as error:
            unreadable[file] = f"{error.strerror}."
    return digests, unreadable


def _embed(embedder: Embedder, path: Path) -> EmbeddedFace | str | None:
    """The face, None without one, or why the image cannot be read."""
    try:
        return embedder(path.read_bytes())
    except VisageError as error:
        return error.detail


def _map(function: Callable[[Path], EmbeddedFace | str | None], paths: Iterable[Path], workers: int | None) -> Iterator:
    if workers == 1:
        yield from map(function, paths)
    else:
        with ProcessPoolExecutor(workers) as pool:
            yield from pool.map(function, paths, chunksize=8)


def _gallery(digests: dict[str, str], faces: dict[str, EmbeddedFace | None], unreadable: dict[str, str]) -> Gallery:
    readable = {file: faces[digest] for file, digest in digests.items() if file not in unreadable}
    kept = {file: face for file, face in readable.items() if face is not None}
    people, owner = np.unique([person(file) for file in kept], return_inverse=True)
    copies = defaultdict(list)
    for file in readable:
        copies[digests[file]].append(file)
    return Gallery(
        files=tuple(kept),
        people=tuple(people.tolist()),
        owner=owner,
        vectors=np.array([face.vector for face in kept.values()]),
        boxes=np.array([face.box for face in kept.values()]).reshape(-1, 4),
        quality=np.array([face.quality for face in kept.values()], float),
        faceless=tuple(file for file in readable if file not in kept),
        unreadable=tuple(f"{file}: {why}" for file, why in sorted(unreadable.items())),
        repeated=tuple(" = ".join(files) for files in copies.values() if len(files) > 1),
    )
