"""Measures how often the face pipeline errs on your own photos: python -m evaluation FOLDER [--pairs FILE] [--out DIR]

FOLDER holds one folder for each person, with that person's images. Writes a report, report.html.
"""

import argparse
import os
import sys
from pathlib import Path

from visage.errors import VisageError
from visage.faces import sessions
from visage.faces.compare import Calibration
from visage.faces.impostors import similarities_at

from .collection import InputError
from .embeddings import FACES, Pipeline
from .evaluate import evaluate

BUILD = Path(__file__).resolve().parents[1] / ".build"


def main() -> None:
    arguments = _arguments()
    sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be UTF-8
    pipeline_settings()
    out = arguments.out or BUILD / "accuracy" / arguments.folder.resolve().name
    try:
        calibration = Calibration.read(sessions.read("calibration"))
        report = evaluate(
            arguments.folder,
            arguments.pairs,
            Pipeline(arguments.face),
            calibration,
            BUILD / "embeddings.sqlite",
            thresholds=similarities_at,
            progress=say_progress,
        )
        report.write(out)
    except (InputError, VisageError) as error:
        sys.exit(error.detail if isinstance(error, VisageError) else str(error))
    except OSError as error:
        sys.exit(f"{error.filename} cannot be written: {error.strerror}.")
    print("\n".join(report.summary()))
    print(f"\nReport: {out / 'report.html'}")


def pipeline_settings() -> None:
    """Lets the pipeline run by itself; ends the program where the models are not built."""
    # The pipeline needs the models only; what else a deployment sets has no bearing here.
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
        os.environ.setdefault(name, "-")
    os.environ.setdefault("VISAGE_MODELS", str(BUILD / "models"))
    if not Path(os.environ["VISAGE_MODELS"], "manifest.toml").is_file():
        sys.exit("The models are not built yet: run `make setup`.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="FOLDER/person/image.jpg, .png, .webp, .bmp, .gif")
    parser.add_argument(
        "--pairs", type=Path, metavar="FILE", help="CSV with the columns same (1, 0), image_a, image_b and perhaps fold"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: .build/accuracy/<name of FOLDER>")
    parser.add_argument(
        "--face",
        choices=FACES,
        default="largest",
        help="which face of an image is meant; default: the largest, as in the API",
    )
    return parser.parse_args()


def say_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 1000 == 0 or done == total:
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{done:,} of {total:,} new images seen", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
