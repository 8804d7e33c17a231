"""Other photos of a photo: what other cameras, programs, and services would have made of it."""

from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

from visage.faces.types import Box

REACH = 2.6
"""How far a cut goes from the middle of a face, in longer sides of its box: the largest crop needs no more."""
TIGHT = 0.25
"""Share of the photos that are cut near the face, half of them squeezed as well."""
Resampling = Image.Resampling
SHRINKING = (Resampling.BILINEAR, Resampling.BICUBIC, Resampling.BOX)
RESIZING = (Resampling.NEAREST, Resampling.BILINEAR, Resampling.BICUBIC, Resampling.LANCZOS)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and the box of the face in it."""

    pixels: np.ndarray
    """uint8 (h, w, 3)"""
    box: Box


def cut(picture: Picture, random: np.random.Generator) -> Picture:
    """The face with what surrounds it, or tightly, and no larger than the crops need."""
    if random.random() < TIGHT:
        picture = _around(picture, *random.uniform(0.5, 1.3, 4))
        if random.random() < 0.5:
            narrower = float(np.exp(random.uniform(-0.25, 0.25)))
            picture = _resized(picture, narrower, 1 / narrower, Resampling.BILINEAR)
        return picture
    picture = _around(picture, REACH, REACH, REACH, REACH)
    most = random.uniform(110, 260)
    if picture.box.side > most:
        scale = most / picture.box.side
        picture = _resized(picture, scale, scale, random.choice(SHRINKING))
    return picture


def vary(picture: Picture, random: np.random.Generator) -> Picture:
    """The photo, mostly treated like one of another camera or program, and its box, placed a little differently."""
    if random.random() < 0.8:
        picture = _treated(picture, random)
    image, box = picture.pixels, picture.box
    if random.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
        box = replace(box, left=image.shape[1] - box.left - box.width)
    larger = float(np.exp(random.normal(0, 0.06)))
    x, y = random.normal(0, 0.03, 2) * box.side + np.array([box.width, box.height]) * (1 - larger) / 2
    return Picture(image, Box(box.left + x, box.top + y, box.width * larger, box.height * larger))


def _around(picture: Picture, left: float, above: float, right: float, below: float) -> Picture:
    """The photo from so many longer sides of the box left of the face's middle to so many right of it, and so on."""
    box, (height, width) = picture.box, picture.pixels.shape[:2]
    (x, y), side = box.centre, box.side
    first, last = max(0, int(x - left * side)), min(width, int(x + right * side) + 1)
    top, bottom = max(0, int(y - above * side)), min(height, int(y + below * side) + 1)
    shown = np.ascontiguousarray(picture.pixels[top:bottom, first:last])
    return Picture(shown, replace(box, left=box.left - first, top=box.top - top))


def _resized(picture: Picture, across: float, down: float, kind: Resampling) -> Picture:
    image, box = Image.fromarray(picture.pixels), picture.box
    size = max(24, round(image.width * across)), max(24, round(image.height * down))
    across, down = size[0] / image.width, size[1] / image.height
    resized = np.asarray(image.resize(size, kind, reducing_gap=2.0))
    return Picture(resized, Box(box.left * across, box.top * down, box.width * across, box.height * down))


def _treated(picture: Picture, random: np.random.Generator) -> Picture:
    """Resized, blurred, sharpened, lit and coloured otherwise, noisy, compressed: each in a share of the photos."""
    if random.random() < 0.6:
        scale = float(np.exp(random.uniform(np.log(0.35), np.log(1.6))))
        picture = _resized(picture, scale, scale, random.choice(RESIZING, p=[0.1, 0.3, 0.3, 0.3]))
    image = Image.fromarray(picture.pixels)
    if random.random() < 0.2:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 2)))
    if random.random() < 0.2:
        image = image.filter(ImageFilter.UnsharpMask(random.uniform(0.7, 3), int(random.uniform(30, 180))))
    light = np.float32(image)
    if random.random() < 0.6:
        light = 255 * (light / 255) ** random.uniform(0.7, 1.45) * random.uniform(0.75, 1.2)
        light = light * np.float32(random.normal(1, 0.06, 3))
        grey = light.mean(axis=2, keepdims=True)
        light = grey + (light - grey) * random.uniform(0.5, 1.4)
    if random.random() < 0.04:
        light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
    if random.random() < 0.35:
        light = light + random.normal(0, random.uniform(0.5, 8), light.shape)
    image = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    if random.random() < 0.6:
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=int(random.uniform(30, 97)), subsampling=int(random.choice([0, 2])))
        image = Image.open(buffer).convert("RGB")
    return Picture(np.asarray(image), picture.box)
