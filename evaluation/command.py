"""What the commands of the reports share."""

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
    """What a command makes."""

    def summary(self) -> Iterable[str]:
        """For the terminal."""

    def write(self, out: Path) -> None:
        """Fills a folder."""


def parser(program: str, description: str | None, suffix: str, images: str) -> argparse.ArgumentParser:
    """Of a command that reads the folder's `images` and writes its report to `--out`; see `write`."""
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
        help="which face of an image is meant; default: the largest, as in the API",
    )


def write(arguments: argparse.Namespace, suffix: str, main_file: str, evaluate: Callable[[], Report]) -> None:
    """Makes a report and writes it; ends the program in one sentence where the input does not allow it."""
    sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be UTF-8
    _settings()
    out = arguments.out or BUILD / "accuracy" / f"{arguments.folder.resolve().name}{suffix}"
    try:
        report = evaluate()
        report.write(out)
    except InputError as error:
        sys.exit(str(error))
    except VisageError as error:
        sys.exit(error.detail)
    except OSError as error:
        sys.exit(f"{error.filename} cannot be written: {error.strerror}.")
    print("\n".join(report.summary()))
    print(f"\nReport: {out / main_file}")


def say_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 1000 == 0 or done == total:
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{done:,} of {total:,} new images seen", end=end, file=sys.stderr, flush=True)


def _settings() -> None:
    """Lets the pipeline run by itself; ends the program where the models are not built."""
    # The pipeline needs the models only; what else a deployment sets has no bearing here.
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
        os.environ.setdefault(name, "-")
    os.environ.setdefault("VISAGE_MODELS", str(BUILD / "models"))
    if not Path(os.environ["VISAGE_MODELS"], "manifest.toml").is_file():
        sys.exit("The models are not built yet: run `make setup`.")
