"""`visage draw`: draws what the pipeline detects onto a photo. It runs locally and calls no deployment."""

import argparse
import math
from pathlib import Path

from cli.deployment.target import MODELS, TargetError
from cli.images import offline


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("draw", help="draw faces, points, pose and attributes on a photo")
    parser.add_argument("image", type=Path, help="a file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="output file, such as out.png")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the models (default: .build/models)")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    offline.prepare(options.models)
    from cli.images.drawing import draw  # imported here: the other commands start without the pipeline
    from visage.faces.describe import describe

    try:
        pixels = offline.open_picture(str(options.image)).pixels
        faces = describe(pixels, until=math.inf)
        draw(pixels, faces).save(options.output)
    except (OSError, ValueError) as error:
        raise TargetError(str(error)) from None
    print(f"{len(faces)} {'face' if len(faces) == 1 else 'faces'}, drawn in {options.output}")
    return 0
