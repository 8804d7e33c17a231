"""Measures how well recaptured photos are told: python -m evaluation.liveness FOLDER --labels FILE [--out DIR]

FILE is a CSV with the columns file, images as they lie in FOLDER, instrument, which is live or names what shows the
face, such as screen or print, and subject, whom it shows. Prints the error rates of ISO/IEC 30107-3.
"""

import argparse
import sys
from pathlib import Path

from visage.errors import VisageError
from visage.faces import sessions

from ..__main__ import BUILD, pipeline_settings, say_progress
from ..collection import InputError
from .evaluate import evaluate


def main() -> None:
    arguments = _arguments()
    pipeline_settings()
    out = arguments.out or BUILD / "accuracy" / f"{arguments.folder.resolve().name}-liveness"
    try:
        version = sessions.sha256("recapture")[:16]
        report = evaluate(arguments.folder, arguments.labels, version, progress=say_progress)
        report.write(out)
    except (InputError, VisageError) as error:
        sys.exit(error.detail if isinstance(error, VisageError) else str(error))
    print("\n".join(report.summary()))
    print(f"\nFigures: {out / 'figures.json'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.liveness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the images lie, at any depth")
    parser.add_argument("--labels", type=Path, metavar="FILE", required=True, help="CSV: file, instrument, subject")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: .build/accuracy/<name of FOLDER>-liveness")
    return parser.parse_args()


if __name__ == "__main__":
    main()
