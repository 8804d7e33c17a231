"""Reads a folder of photos, one folder per person, and a file of pairs."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"})
_COLUMNS = ("same", "image_a", "image_b")


class InputError(Exception):
    """No report can be made; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What the reader must know to interpret the figures."""

    text: str
    about: tuple[str, ...] = ()
    """The files concerned."""


@dataclass(frozen=True, slots=True)
class Collection:
    """The photos of a folder."""

    folder: Path
    files: tuple[str, ...]
    """Every image as <person>/<name>, sorted."""
    remarks: tuple[Remark, ...]

    @classmethod
    def read(cls, folder: Path) -> "Collection":
        """Read a folder. Raises InputError when there is no `folder/person/image`."""
        if not folder.is_dir():
            raise InputError(f"The folder {folder} does not exist.")
        below = sorted(path for path in folder.glob("*/*") if not path.is_dir())
        names = [path.relative_to(folder) for path in below if not _hidden(path.relative_to(folder))]
        images = tuple(name.as_posix() for name in names if _is_image(name))
        if not images:
            raise InputError(f"{folder} contains no images: it needs one folder of images per person.")
        remarks = []
        if others := tuple(name.as_posix() for name in names if not _is_image(name)):
            remarks.append(Remark("Files not named as JPEG, PNG, WEBP, BMP or GIF were not read.", others))
        if beside := tuple(sorted(path.name for path in folder.iterdir() if _is_image(path) and path.is_file())):
            remarks.append(Remark("Images outside a person's folder were not read.", beside))
        return cls(folder, images, tuple(remarks))


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a pairs file; images are named as in `Collection.files`."""

    fold: int | None
    same: bool
    first: str
    second: str


def person(file: str) -> str:
    """The person whose image this is."""
    return file.partition("/")[0]


@contextmanager
def table(path: Path) -> Iterator[csv.DictReader]:
    """The rows of a CSV file in UTF-8. Raises InputError, also while they are read, for anything else."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield csv.DictReader(file)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8.") from error


def labelled_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[dict[str, str | None], str]]:
    """Each row of a CSV file that must have these columns, and where it stands. Raises InputError."""
    with table(path) as reader:
        if not set(columns) <= set(reader.fieldnames or ()):
            raise InputError(f"{path} must have the columns {', '.join(columns)} in its first line.")
        for row in reader:
            yield row, f"{path}, line {reader.line_num}"


def read_pairs(path: Path) -> list[Pair]:
    """Parse a CSV file with the columns same (1 or 0), image_a, image_b and optionally fold (a whole number).

    Raises InputError, with the line number, for anything else.
    """
    with table(path) as reader:
        if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
            raise InputError(
                f"{path} has no column {', '.join(missing)}: its first line must be fold,same,image_a,image_b"
                " (fold is optional)."
            )
        pairs = [_pair(row, f"{path}, line {reader.line_num}") for row in reader]
    if not pairs:
        raise InputError(f"{path} contains no pairs.")
    return pairs


def _pair(row: dict[str, str | None], where: str) -> Pair:
    fold, same, first, second = ((row.get(name) or "").strip() for name in ("fold", *_COLUMNS))
    if same not in ("0", "1"):
        raise InputError(f"{where}: same must be 1 or 0, not '{same}'.")
    if not first or not second:
        raise InputError(f"{where}: a pair needs two images.")
    if fold and not (fold.isascii() and fold.isdigit()):
        raise InputError(f"{where}: fold must be a whole number, not '{fold}'.")
    return Pair(int(fold) if fold else None, same == "1", str(PurePosixPath(first)), str(PurePosixPath(second)))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
