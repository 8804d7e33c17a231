"""What the pipeline says of every labelled photo."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from visage.errors import VisageError
from visage.faces.attributes import Attributes, attributes
from visage.media.decode import decode

from ..collection import Remark
from ..embeddings import FACES, LIMITS


@dataclass(frozen=True, slots=True)
class Answer:
    """The face that stands for a photo."""

    attributes: Attributes
    box: tuple[float, float, float, float]
    """Left, top, width, height in shares of the image's width and height."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Photos in which a face was found, by file, and what became of the others."""

    by_file: dict[str, Answer]
    remarks: tuple[Remark, ...]


def ask(
    folder: Path,
    files: Sequence[str],
    face: str,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Answers:
    """Asks about each file, in `workers` processes (None: one a core; 1: this one); `face` is a key of FACES."""
    found, faceless, unreadable = {}, [], []
    see = partial(_see, folder, face)
    with ProcessPoolExecutor(workers) as pool:
        results = map(see, files) if workers == 1 else pool.map(see, files, chunksize=8)
        for done, (file, result) in enumerate(zip(files, results, strict=True), 1):
            progress(done, len(files))
            match result:
                case Answer():
                    found[file] = result
                case None:
                    faceless.append(file)
                case why:
                    unreadable.append(f"{file}: {why}")
    remarks = []
    if unreadable:
        remarks.append(Remark("Images that could not be read take no part.", tuple(unreadable)))
    if faceless:
        remarks.append(Remark("Images in which no face was found take no part.", tuple(faceless)))
    return Answers(found, tuple(remarks))


def _see(folder: Path, face: str, file: str) -> Answer | str | None:
    """The face, or None, or why the image cannot be read."""
    try:
        image = decode((folder / file).read_bytes(), LIMITS).pixels
    except OSError as error:
        return f"{error.strerror}."
    except VisageError as error:
        return error.detail
    found = FACES[face](image)
    if found is None:
        return None
    height, width = image.shape[:2]
    box = found.box
    shares = box.left / width, box.top / height, box.width / width, box.height / height
    return Answer(attributes(image, found), shares)
