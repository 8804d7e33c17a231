"""Measures the face attributes on your own photos: python -m evaluation.attributes FOLDER --labels FILE [--out DIR]

FILE is a CSV with the column file, paths of images in FOLDER, and at least one of smile, glasses, respirator, hat,
mustache, bang, hairstyle. Cells contain the API's values, for example None, Wear or Sunglass, or are empty. Writes a
report, report.html.
"""

from pathlib import Path

from visage.faces import sessions

from ..command import add_face, parser, say_progress, write
from .evaluate import evaluate
from .report import Report

SUFFIX = "-attributes"


def main() -> None:
    made = parser("python -m evaluation.attributes", __doc__, SUFFIX, "folder of the images, at any depth")
    made.add_argument("--labels", type=Path, metavar="FILE", required=True, help="CSV: file and attributes")
    add_face(made)
    arguments = made.parse_args()

    def report() -> Report:
        version = sessions.sha256("attributes")[:16]
        return evaluate(arguments.folder, arguments.labels, arguments.face, version, progress=say_progress)

    write(arguments, SUFFIX, "report.html", report)


if __name__ == "__main__":
    main()
