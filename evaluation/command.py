"""What the report commands share."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from visage.errors import VisageError

from .collection import InputError
from .embeddings import FACES

BUILD = Path(__file__).resolve().parents[1] / ".build"


class Report(Protocol):
    """The result of a command."""

    def summary(self) -> Iterable[str]:
        """The lines for the terminal."""

    def write(self, out: Path) -> None:
        """Write the report into a folder."""


def parser(program: str, description: str | None, suffix: str, images: str) -> argparse.ArgumentParser:
    """A parser for a command that reads a folder of `images` and writes a report to `--out`; see `write`."""
    made = argparse.ArgumentParser(
        prog=program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("folder", type=Path, metavar="FOLDER", help=images)
    made.add_argument("--out", type=Path, metavar="DIR", help=f"default: .build/accuracy/<name of FOLDER>{suffix}")
    return made


def add_face(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--face",
        choices=FACES,
        default="largest",
        help="which face of an image to use (default: the largest, as in the API)",
    )


def write(arguments: argparse.Namespace, suffix: str, main_file: str, evaluate: Callable[[], Report]) -> None:
    """Make a report and write it; exit with one sentence when the input does not allow it."""
    sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be UTF-8
    prepare()
    out = arguments.out or BUILD / "accuracy" / f"{arguments.folder.resolve().name}{suffix}"
    try:
        report = evaluate()
        report.write(out)
    except InputError as error:
        sys.exit(str(error))
    except VisageError as error:
        sys.exit(error.detail)
    except OSError as error:
        sys.exit(f"Cannot write {error.filename}: {error.strerror}.")
    print("\n".join(report.summary()))
    print(f"\nReport: {out / main_file}")


def say_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 1000 == 0 or done == total:
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{done:,} of {total:,} new images processed", end=end, file=sys.stderr, flush=True)


def prepare() -> None:
    """Make the pipeline usable by itself; exit if the models are not built."""
    # The pipeline needs only the models; other settings of a deployment have no effect here.
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
        os.environ.setdefault(name, "-")
    os.environ.setdefault("VISAGE_MODELS", str(BUILD / "models"))
    if not Path(os.environ["VISAGE_MODELS"], "manifest.toml").is_file():
        sys.exit("The models are not built yet: run `make setup`.")
