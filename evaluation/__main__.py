"""Measures the face pipeline's error rates on your own photos: python -m evaluation FOLDER [--pairs FILE] [--out DIR]

FOLDER contains one folder per person, with that person's images. Writes a report, report.html.
"""

from pathlib import Path

from .command import BUILD, add_face, parser, say_progress, write
from .embeddings import Pipeline
from .evaluate import evaluate
from .report import Report
from .scale import shipped_scale


def main() -> None:
    made = parser("python -m evaluation", __doc__, "", "FOLDER/person/image.jpg, .png, .webp, .bmp, .gif")
    made.add_argument(
        "--pairs", type=Path, metavar="FILE", help="CSV with the columns same (1, 0), image_a, image_b, optionally fold"
    )
    add_face(made)
    arguments = made.parse_args()

    def report() -> Report:
        return evaluate(
            arguments.folder,
            arguments.pairs,
            Pipeline(arguments.face),
            shipped_scale(),
            BUILD / "embeddings.sqlite",
            progress=say_progress,
        )

    write(arguments, "", "report.html", report)


if __name__ == "__main__":
    main()
