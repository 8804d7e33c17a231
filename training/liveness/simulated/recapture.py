"""Simulates recaptures: a photo shown on a screen or printed, and photographed again; also photos only
rephotographed."""

from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from visage.faces.types import Box, Face

from .media import cut_out, device, fingers, on_paper, on_screen
from .view import aim, backdrop_behind, lay, moved, sample, within

SCREEN, PRINT = "screen", "print"
CLOSE = 0.7
"""Share of the pictures that show only the photo: neither its edges nor what holds it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture and the face in it."""

    pixels: np.ndarray
    """uint8 (h, w, 3)"""
    face: Face


def recapture(
    shot: Shot, medium: str, backdrop: np.ndarray, random: np.random.Generator, close: bool | None = None
) -> Shot:
    """Recapture the photo on this medium in front of a backdrop, or so `close` that it fills the picture; by default
    of CLOSE of the pictures, by chance."""
    photo, face = _cut(shot, random.choice([1.2, 1.5, 2.0, 3.0, 6.0], p=[0.2, 0.25, 0.25, 0.2, 0.1]), random)
    height, width = photo.shape[:2]
    close = random.random() < CLOSE if close is None else close
    view = aim(face, random, 0.05, (height, width)) if close else aim(face, random, 0.12)
    shown = sample(photo, view)
    cover = within(view, (0, 0, width, height))
    scene = backdrop_behind(backdrop, view.across.shape, random) * random.uniform(0.15, 1.1)
    if medium == SCREEN:
        scene = lay(scene, *device(view, width, height, random))
        shown = on_screen(shown, view, random)
    else:
        margin = 0 if random.random() < 0.35 else random.uniform(0.02, 0.12) * max(width, height)
        if random.random() < 0.15:
            cover = cover * cut_out(view, face, random)
            margin = 0
        sheet = np.broadcast_to(np.float32(random.uniform(205, 250, 3)), shown.shape)
        scene = lay(scene, sheet, within(view, (-margin, -margin, width + margin, height + margin)) * (margin > 0))
        shown = on_paper(shown, view, random)
    scene = lay(scene, shown, cover)
    if random.random() < 0.35:
        scene = lay(scene, *fingers(view, width, height, random))
    if random.random() < (0.6 if medium == SCREEN else 0.3):
        scene = _glare(scene, backdrop, random)
    return _photograph(scene, moved(face, view), random)


def rephotograph(shot: Shot, random: np.random.Generator) -> Shot:
    """Apply only a camera's effects: framing, focus, light, noise, size and compression; the result is still live."""
    photo, face = _cut(shot, random.choice([1.3, 2.0, 4.0, 8.0]), random)
    view = aim(face, random, 0.03, photo.shape[:2])
    scene = sample(photo, view)
    return _photograph(scene, moved(face, view), random, blurred=0.6)


def _cut(shot: Shot, share: float, random: np.random.Generator) -> tuple[np.ndarray, Face]:
    """The photo cropped to about `share` sides of the face's box, or to its edges."""
    height, width = shot.pixels.shape[:2]
    box, (x, y) = shot.face.box, shot.face.box.centre
    reach = share * box.side / 2 * random.uniform(0.85, 1.15, 4)
    left, top = max(0, int(x - reach[0])), max(0, int(y - reach[1] * 1.1))
    right, bottom = min(width, int(x + reach[2]) + 1), min(height, int(y + reach[3] * 1.1) + 1)
    inside = replace(box, left=box.left - left, top=box.top - top)
    return shot.pixels[top:bottom, left:right], Face(inside, 1.0, shot.face.points - np.float32([left, top]))


def _glare(scene: np.ndarray, backdrop: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Reflections of lamps and the room in glass or gloss."""
    height, width = scene.shape[:2]
    canvas = Image.new("L", (width, height))
    draw = ImageDraw.Draw(canvas)
    for _ in range(random.integers(0, 3)):
        x, y = random.uniform(0, width), random.uniform(0, height)
        a, b = random.uniform(0.01, 0.15, 2) * width
        (draw.ellipse if random.random() < 0.6 else draw.rectangle)((x - a, y - b, x + a, y + b), fill=255)
    spots = np.float32(canvas.filter(ImageFilter.GaussianBlur(random.uniform(1, 20))))[..., None]
    room = backdrop_behind(backdrop, (height, width), random)
    return scene + spots * random.uniform(0.2, 1) + room * random.choice([0, random.uniform(0, 0.25)])


def _photograph(scene: np.ndarray, face: Face, random: np.random.Generator, blurred: float = 0.6) -> Shot:
    """Apply a camera's focus, exposure, white balance, noise, sharpening, output size, and JPEG."""
    light = scene * random.uniform(0.75, 1.25) * np.float32(random.normal(1, 0.05, 3))
    if random.random() < 0.5:
        light = 255 * (light.clip(0, 255) / 255) ** random.uniform(0.75, 1.35)
    image = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    if random.random() < blurred:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 1.8)))
    if random.random() < 0.6:
        noise = random.normal(0, random.uniform(0.5, 8), (image.height, image.width, 3))
        image = Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))
    if random.random() < 0.3:
        image = image.filter(ImageFilter.UnsharpMask(random.uniform(1, 3), int(random.uniform(30, 150))))
    scale = float(np.exp(random.uniform(np.log(0.4), 0.0))) if random.random() < 0.5 else 1.0
    kind = random.choice([Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
    wide, high = max(32, round(image.width * scale)), max(32, round(image.height * scale))
    factor = np.array([wide / image.width, high / image.height], np.float32)
    image = image.resize((wide, high), kind)
    if random.random() < 0.85:
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=int(random.uniform(35, 97)), subsampling=int(random.choice([0, 2])))
        image = Image.open(buffer)
    box = face.box
    box = Box(box.left * factor[0], box.top * factor[1], box.width * factor[0], box.height * factor[1])
    return Shot(np.asarray(image.convert("RGB")), Face(box, 1.0, face.points * factor))
