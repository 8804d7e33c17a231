"""`visage draw`: draws what the pipeline detects onto a photo. It runs locally and calls no deployment."""

import argparse
import math
import os
from pathlib import Path

from cli.target import TargetError
from visage.errors import VisageError

MODELS = Path(__file__).resolve().parents[1] / ".build" / "models"


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("draw", help="draw faces, points, pose and attributes on a photo")
    parser.add_argument("image", type=Path, help="a file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="output file, such as out.png")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the models (default: .build/models)")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    # imported here, so that other commands start without the pipeline
    from cli.drawing import draw
    from visage.faces.describe import describe
    from visage.media.decode import decode
    from visage.media.limits import GREEN

    if not (options.models / "manifest.toml").is_file():
        raise TargetError(f"{options.models} contains no models; build them: make setup")
    # Settings require all variables of a deployment; the pipeline needs only the models.
    unused = dict.fromkeys(("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"), "unused")
    os.environ |= unused | {"VISAGE_MODELS": str(options.models)}
    try:
        pixels = decode(options.image.read_bytes(), GREEN).pixels
        faces = describe(pixels, until=math.inf)
        draw(pixels, faces).save(options.output)
    except VisageError as error:
        raise TargetError(f"{options.image}: {error.detail or error.reason.name}") from None
    except (OSError, ValueError) as error:
        raise TargetError(str(error)) from None
    print(f"{len(faces)} {'face' if len(faces) == 1 else 'faces'}, drawn in {options.output}")
    return 0
