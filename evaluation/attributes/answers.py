"""Runs the pipeline on every labelled photo."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from visage.errors import VisageError
from visage.faces.appearance.attributes import Attributes, attributes
from visage.media.decode import decode

from ..collection import Remark
from ..embeddings import FACES, LIMITS


@dataclass(frozen=True, slots=True)
class Answer:
    """The result for a photo's face."""

    attributes: Attributes
    box: tuple[float, float, float, float]
    """Left, top, width, height, as shares of the image's width and height."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Results by file for photos with a face, and remarks about the others."""

    by_file: dict[str, Answer]
    remarks: tuple[Remark, ...]


def run_all(
    folder: Path,
    files: Sequence[str],
    face: str,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Answers:
    """Run the pipeline on each file, in `workers` processes (None: one per core; 1: this one); `face` is a key of
    FACES."""
    found, faceless, unreadable = {}, [], []
    run = partial(_run, folder, face)
    with ProcessPoolExecutor(workers) as pool:
        results = map(run, files) if workers == 1 else pool.map(run, files, chunksize=8)
        for done, (file, result) in enumerate(zip(files, results, strict=True), 1):
            progress(done, len(files))
            match result:
                case Answer():
                    found[file] = result
                case None:
                    faceless.append(file)
                case reason:
                    unreadable.append(f"{file}: {reason}")
    remarks = []
    if unreadable:
        remarks.append(Remark("Images that could not be read are excluded.", tuple(unreadable)))
    if faceless:
        remarks.append(Remark("Images in which no face was found are excluded.", tuple(faceless)))
    return Answers(found, tuple(remarks))


def _run(folder: Path, face: str, file: str) -> Answer | str | None:
    """The result, None without a face, or why the image cannot be read."""
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
