"""Measures the detection of recaptured photos: python -m evaluation.liveness FOLDER --labels FILE [--out DIR]

FILE is a CSV with the columns file, paths of images in FOLDER; instrument, `live` or what shows the face, such as
screen or print; and subject, whom it shows. Prints the error rates of ISO/IEC 30107-3.
"""

from pathlib import Path

from visage.faces import sessions

from ..command import parser, say_progress, write
from .evaluate import Report, evaluate

SUFFIX = "-liveness"


def main() -> None:
    made = parser("python -m evaluation.liveness", __doc__, SUFFIX, "folder of the images, at any depth")
    made.add_argument("--labels", type=Path, metavar="FILE", required=True, help="CSV: file, instrument, subject")
    arguments = made.parse_args()

    def report() -> Report:
        version = sessions.sha256("recapture")[:16]
        return evaluate(arguments.folder, arguments.labels, version, progress=say_progress)

    write(arguments, SUFFIX, "figures.json", report)


if __name__ == "__main__":
    main()
