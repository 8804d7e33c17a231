"""Measures the face attributes on your own photos: python -m evaluation.attributes FOLDER --labels FILE [--out DIR]

FILE is a CSV with the column file, images as they lie in FOLDER, and at least one of smile, glasses, respirator, hat,
mustache, bang, hairstyle; the cells hold the API's values, for example None, Wear or Sunglass, or nothing. Writes a
report, report.html.
"""

import argparse
import sys
from pathlib import Path

from visage.errors import VisageError
from visage.faces import sessions

from ..__main__ import BUILD, pipeline_settings, say_progress
from ..collection import InputError
from ..embeddings import FACES
from .evaluate import evaluate


def main() -> None:
    arguments = _arguments()
    pipeline_settings()
    out = arguments.out or BUILD / "accuracy" / f"{arguments.folder.resolve().name}-attributes"
    try:
        version = sessions.sha256("attributes")[:16]
        report = evaluate(arguments.folder, arguments.labels, arguments.face, version, progress=say_progress)
        report.write(out)
    except (InputError, VisageError) as error:
        sys.exit(error.detail if isinstance(error, VisageError) else str(error))
    print("\n".join(report.summary()))
    print(f"\nReport: {out / 'report.html'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.attributes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the images lie, at any depth")
    parser.add_argument("--labels", type=Path, metavar="FILE", required=True, help="CSV: file and attributes")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: .build/accuracy/<name of FOLDER>-attributes")
    parser.add_argument(
        "--face",
        choices=FACES,
        default="largest",
        help="which face of an image is meant; default: the largest",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
