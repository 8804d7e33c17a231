"""Draws what the pipeline detects in a photo."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from visage.faces.describe import Description
from visage.faces.landmarks.pose import Pose

COLOUR = (255, 210, 0)
AXES = {"x": (230, 60, 60), "y": (60, 180, 75), "ahead": (60, 120, 255)}
"""Colours of the axes: across the face, down the face, and the direction of the nose."""
_AXIS = 0.5
"""Length of an axis, relative to the side of the face's box."""


def draw(pixels: np.ndarray, faces: tuple[Description, ...]) -> Image.Image:
    """The photo (h, w, 3) with each face's box, five points, axes and attributes."""
    picture = Image.fromarray(pixels)
    canvas = ImageDraw.Draw(picture)
    for described in reversed(faces):  # the largest face on top
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
    # Below the box, but inside the picture.
    place = (max(box.left, 0), max(min(box.top + box.height + thick, size[1] - high), 0))
    canvas.rectangle((*place, place[0] + wide, place[1] + high), fill=(0, 0, 0))
    canvas.multiline_text(place, text, font=font, fill=COLOUR)


def axes(pose: Pose) -> tuple[tuple[float, float], ...]:
    """Directions of the head's axes in the picture, x and y: across the face, down it, and ahead (see `faces.pose`)."""
    yaw, pitch, roll = (math.radians(angle) for angle in (-pose.yaw, -pose.pitch, pose.roll))
    about_y = [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
    about_x = [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    about_z = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    head = np.array(about_y) @ about_x @ about_z
    return tuple((float(x), float(y)) for x, y, _ in (head[:, 0], head[:, 1], -head[:, 2]))


def lines(described: Description) -> list[str]:
    """The lines of text under a face; attributes that are None are omitted."""
    shown, pose = described.attributes, described.pose
    named = {"glasses": shown.glasses, "mask": shown.respirator, "hat": shown.hat, "mustache": shown.mustache}
    named |= {"fringe": shown.bang, "hair": shown.hairstyle}
    words = [f"{name} {each.value} {each.rate:.2f}" for name, each in named.items() if each.value != "None"]
    return [
        f"yaw {pose.yaw:.0f}  pitch {pose.pitch:.0f}  roll {pose.roll:.0f}  blur {described.blur:.1f}",
        f"smile {shown.smile_degree:.2f}",
        *words,
    ]
