"""`visage draw`: what the pipeline sees in a photo, drawn on it. It runs here and asks no deployment."""

import argparse
import math
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cli.target import TargetError
from visage.errors import VisageError
from visage.faces.describe import Description, describe
from visage.faces.pose import Pose
from visage.media.decode import decode
from visage.media.limits import GREEN

MODELS = Path(__file__).resolve().parents[1] / ".build" / "models"
COLOUR = (255, 210, 0)
AXES = {"x": (230, 60, 60), "y": (60, 180, 75), "ahead": (60, 120, 255)}
"""Across the face, down it, and where the nose points."""
_AXIS = 0.5
"""Length of an axis in sides of the face's box."""


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("draw", help="draw faces, points, pose and attributes on a photo")
    parser.add_argument("image", type=Path, help="a file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the picture to write, such as out.png")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the models (default: .build/models)")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    if not (options.models / "manifest.toml").is_file():
        raise TargetError(f"{options.models} holds no models; build them: make setup")
    # Settings want all that a deployment says; the pipeline reads nothing but the models of it.
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


def draw(pixels: np.ndarray, faces: tuple[Description, ...]) -> Image.Image:
    """The photo (h, w, 3) with each face's box, five points, axes and attributes."""
    picture = Image.fromarray(pixels)
    canvas = ImageDraw.Draw(picture)
    for described in reversed(faces):  # the largest face's on top
        _draw_face(canvas, picture.size, described)
    return picture


def _draw_face(canvas: ImageDraw.ImageDraw, size: tuple[int, int], described: Description) -> None:
    box, points = described.face.box, described.face.points
    thick = max(1, round(box.side / 100))
    canvas.rectangle((box.left, box.top, box.left + box.width, box.top + box.height), outline=COLOUR, width=thick)
    for x, y in points.tolist():
        canvas.ellipse((x - 2 * thick, y - 2 * thick, x + 2 * thick, y + 2 * thick), fill=COLOUR)
    x, y = points[2].tolist()
    for (across, down), colour in zip(axes(described.pose), AXES.values(), strict=True):
        length = _AXIS * box.side
        canvas.line((x, y, x + length * across, y + length * down), fill=colour, width=2 * thick)
    font = ImageFont.load_default(size=max(10, round(box.side / 12)))
    text = "\n".join(lines(described))
    _, _, wide, high = canvas.multiline_textbbox((0, 0), text, font=font)
    # Under the box, but inside the picture.
    place = (max(box.left, 0), max(min(box.top + box.height + thick, size[1] - high), 0))
    canvas.rectangle((*place, place[0] + wide, place[1] + high), fill=(0, 0, 0))
    canvas.multiline_text(place, text, font=font, fill=COLOUR)


def axes(pose: Pose) -> tuple[tuple[float, float], ...]:
    """Where the head's axes point in the picture, x and y: across the face, down it, and ahead (see `faces.pose`)."""
    yaw, pitch, roll = (math.radians(angle) for angle in (-pose.yaw, -pose.pitch, pose.roll))
    about_y = [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
    about_x = [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    about_z = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    head = np.array(about_y) @ about_x @ about_z
    return tuple((float(x), float(y)) for x, y, _ in (head[:, 0], head[:, 1], -head[:, 2]))


def lines(described: Description) -> list[str]:
    """What is written under a face; attributes that are None are left out."""
    shown, pose = described.attributes, described.pose
    named = {"glasses": shown.glasses, "mask": shown.respirator, "hat": shown.hat, "mustache": shown.mustache}
    named |= {"fringe": shown.bang, "hair": shown.hairstyle}
    words = [f"{name} {each.value} {each.rate:.2f}" for name, each in named.items() if each.value != "None"]
    return [
        f"yaw {pose.yaw:.0f}  pitch {pose.pitch:.0f}  roll {pose.roll:.0f}  blur {described.blur:.1f}",
        f"smile {shown.smile_degree:.2f}",
        *words,
    ]
