"""Measures the detection of recaptured photos: python -m evaluation.liveness FOLDER --labels FILE [--out DIR]

FILE is a CSV with the columns file, paths of images in FOLDER; instrument, `live` or what shows the face, such as
screen or print; and subject, the person. Prints the error rates of ISO/IEC 30107-3, and thresholds to deploy for these
cameras. The live photos alone determine the thresholds: attacks may be missing.
"""

import argparse
from pathlib import Path

from visage.faces import sessions

from ..command import parser, say_progress, write
from .evaluate import Report, evaluate

SUFFIX = "-liveness"


def main() -> None:
    made = parser("python -m evaluation.liveness", __doc__, SUFFIX, "folder of the images, at any depth")
    made.add_argument("--labels", type=Path, metavar="FILE", required=True, help="CSV: file, instrument, subject")
    made.add_argument(
        "--bpcer",
        type=_percent,
        metavar="PERCENT",
        default=0.05,
        help="live photos that a proposed LivenessReview may refuse (default: 5)",
    )
    arguments = made.parse_args()

    def report() -> Report:
        version = " and ".join(sessions.sha256(name)[:16] for name in ("recapture", "recapture_pupil"))
        return evaluate(arguments.folder, arguments.labels, version, wanted=arguments.bpcer, progress=say_progress)

    write(arguments, SUFFIX, "figures.json", report)


def _percent(text: str) -> float:
    value = float(text)
    if not 0 < value < 100:
        raise argparse.ArgumentTypeError("must lie between 0 and 100.")
    return value / 100


if __name__ == "__main__":
    main()
