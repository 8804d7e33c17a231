"""Contact sheets of the faces in the worst errors."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from visage.media.decode import decode

from .embeddings import LIMITS, Gallery
from .scale import Scale
from .trials import Compared, Trials

MOST = 24
"""Maximum errors per sheet."""
SIDE = 160
"""Side of a picture in pixels."""
_AROUND = 1.6
"""Side of the shown part of an image, relative to the longer side of the face's box."""
_COLUMNS, _GAP, _CAPTION = 6, 16, 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One error."""

    files: tuple[str, ...]
    pictures: tuple[bytes, ...]
    """JPEG, SIDE x SIDE, one per file."""
    score: float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The worst errors of one kind, worst first."""

    name: str
    title: str
    total: int
    """Errors of this kind, shown or not."""
    of: int
    cells: tuple[Cell, ...]


def failures(folder: Path, gallery: Gallery, trials: Trials, scale: Scale) -> tuple[Sheet, ...]:
    """False matches and false non-matches at the middle threshold, and faces not found."""
    score = sorted(scale.thresholds.values())[len(scale.thresholds) // 2]
    similarity = scale.value(score)
    matches = int(np.searchsorted(-trials.impostors.pairs.similarity, -similarity, side="right"))
    misses = int(np.sum(trials.genuine.pairs.similarity < similarity))
    most_alike = np.arange(min(matches, MOST))
    least_alike = trials.genuine.pairs.total - 1 - np.arange(min(misses, MOST))
    return (
        Sheet(
            "false_matches",
            f"Different people with a score of {score:g} or more",
            matches,
            trials.impostors.pairs.total,
            _cells(folder, gallery, trials.impostors, most_alike, scale),
        ),
        Sheet(
            "false_non_matches",
            f"One person with a score below {score:g}",
            misses,
            trials.genuine.pairs.total,
            _cells(folder, gallery, trials.genuine, least_alike, scale),
        ),
        Sheet(
            "faces_not_found",
            "Images in which no face was found",
            len(gallery.faceless),
            len(gallery.files) + len(gallery.faceless),
            tuple(Cell((file,), (picture(folder / file),), None) for file in gallery.faceless[:MOST]),
        ),
    )


def png(sheet: Sheet) -> bytes:
    """The sheet as one image; cells are numbered as listed, with their scores."""
    across = max(len(cell.files) for cell in sheet.cells) * SIDE
    columns = min(len(sheet.cells), _COLUMNS * SIDE // across)
    width, height = across + _GAP, SIDE + _CAPTION + _GAP
    rows = -(-len(sheet.cells) // columns)
    canvas = Image.new("RGB", (columns * width + _GAP, rows * height + _GAP), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(15)
    for number, cell in enumerate(sheet.cells):
        left, top = _GAP + number % columns * width, _GAP + number // columns * height
        for place, picture in enumerate(cell.pictures):
            canvas.paste(Image.open(io.BytesIO(picture)), (left + place * SIDE, top))
        caption = f"{number + 1}" if cell.score is None else f"{number + 1}    {cell.score:.1f}"
        draw.text((left, top + SIDE + 4), caption, "#1f2933", font)
    return _encoded(canvas, "PNG")


def _cells(
    folder: Path, gallery: Gallery, compared: Compared, chosen: np.ndarray, scale: Scale
) -> tuple[Cell, ...]:
    found = []
    for images, similarity in zip(compared.images[chosen], compared.pairs.similarity[chosen], strict=True):
        files = tuple(gallery.files[row] for row in images)
        pictures = tuple(picture(folder / gallery.files[row], gallery.boxes[row]) for row in images)
        found.append(Cell(files, pictures, scale.score(float(similarity))))
    return tuple(found)


def picture(path: Path, box: np.ndarray | None = None) -> bytes:
    """The face with its surroundings, its box given as shares of the image; without a box the whole image."""
    image = Image.fromarray(decode(path.read_bytes(), LIMITS).pixels)
    size = np.array(image.size)
    corner, extent = (np.zeros(2), size) if box is None else (box[:2] * size, box[2:] * size)
    side = max(extent) * (1 if box is None else _AROUND)
    left, top = np.round(corner + (extent - side) / 2).astype(int).tolist()
    square = Image.new("RGB", (max(1, round(side)),) * 2, "#e4e7eb")
    square.paste(image, (-left, -top))
    return _encoded(square.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0), "JPEG")


def _encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, quality=88)
    return stream.getvalue()
