"""Simulates recaptures: a photo shown on a screen or printed, and photographed again; also photos only
rephotographed."""

from dataclasses import dataclass, replace
from io import BytesIO
from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from visage.faces.types import Box, Face

SCREEN, PRINT = "screen", "print"
CLOSE = 0.35
"""Share of the pictures that show only the photo: neither its edges nor what holds it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture and the face in it."""

    pixels: np.ndarray
    """uint8 (h, w, 3)"""
    face: Face


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The mapping from the camera's picture to the plane of the photo."""

    to_plane: np.ndarray
    """(3, 3): homography from the picture to the plane, whose unit is a pixel of the photo."""
    to_picture: np.ndarray
    across: np.ndarray
    """float32 (h, w): positions on the plane."""
    down: np.ndarray
    pixel: float
    """Size of a picture's pixel on the plane, near the face."""


def recapture(
    shot: Shot, medium: str, backdrop: np.ndarray, random: np.random.Generator, close: bool | None = None
) -> Shot:
    """Recapture the photo on this medium in front of a backdrop, or so `close` that it fills the picture; by default
    of CLOSE of the pictures, by chance."""
    photo, face = _cut(shot, random.choice([1.2, 1.5, 2.0, 3.0, 6.0], p=[0.2, 0.25, 0.25, 0.2, 0.1]), random)
    height, width = photo.shape[:2]
    close = random.random() < CLOSE if close is None else close
    view = _view(face, random, 0.05, (height, width)) if close else _view(face, random, 0.12)
    shown = _sample(photo, view)
    cover = _within(view, (0, 0, width, height))
    scene = _sample_backdrop(backdrop, view.across.shape, random) * random.uniform(0.15, 1.1)
    if medium == SCREEN:
        scene = _lay(scene, *_device(view, width, height, random))
        shown = _on_screen(shown, view, random)
    else:
        margin = 0 if random.random() < 0.35 else random.uniform(0.02, 0.12) * max(width, height)
        if random.random() < 0.15:
            cover = cover * _cut_out(view, face, random)
            margin = 0
        sheet = np.broadcast_to(np.float32(random.uniform(205, 250, 3)), shown.shape)
        scene = _lay(scene, sheet, _within(view, (-margin, -margin, width + margin, height + margin)) * (margin > 0))
        shown = _on_paper(shown, view, random)
    scene = _lay(scene, shown, cover)
    if random.random() < 0.35:
        scene = _lay(scene, *_fingers(view, width, height, random))
    if random.random() < (0.6 if medium == SCREEN else 0.3):
        scene = _glare(scene, backdrop, random)
    return _photograph(scene, _moved(face, view), random)


def rephotograph(shot: Shot, random: np.random.Generator) -> Shot:
    """Apply only a camera's effects: framing, focus, light, noise, size and compression; the result is still live."""
    photo, face = _cut(shot, random.choice([1.3, 2.0, 4.0, 8.0]), random)
    view = _view(face, random, 0.03, photo.shape[:2])
    scene = _sample(photo, view)
    return _photograph(scene, _moved(face, view), random, blurred=0.6)


def _cut(shot: Shot, share: float, random: np.random.Generator) -> tuple[np.ndarray, Face]:
    """The photo cropped to about `share` sides of the face's box, or to its edges."""
    height, width = shot.pixels.shape[:2]
    box, (x, y) = shot.face.box, shot.face.box.centre
    reach = share * box.side / 2 * random.uniform(0.85, 1.15, 4)
    left, top = max(0, int(x - reach[0])), max(0, int(y - reach[1] * 1.1))
    right, bottom = min(width, int(x + reach[2]) + 1), min(height, int(y + reach[3] * 1.1) + 1)
    moved = replace(box, left=box.left - left, top=box.top - top)
    return shot.pixels[top:bottom, left:right], Face(moved, 1.0, shot.face.points - np.float32([left, top]))


def _view(face: Face, random: np.random.Generator, tilt: float, limit: tuple[int, int] | None = None) -> _View:
    """A camera's view of the plane; with `limit` (h, w), of nothing beyond these edges."""
    large = float(np.exp(random.uniform(np.log(70), np.log(240))))
    scale = large / face.box.side
    if limit is None:
        width, height = (np.array([1.0, random.uniform(0.75, 1.35)]) * random.uniform(1.6, 4.2) * large).clip(150, 460)
        middle = np.array([width, height]) * random.uniform(0.4, 0.6, 2)
    else:
        height, width = (min(460, side * scale) for side in limit)
        x, y = face.box.centre
        middle = np.array([_place(x * scale, limit[1] * scale, width), _place(y * scale, limit[0] * scale, height)])
    angle = random.normal(0, 0.08) if limit is None else 0.0
    linear = scale * np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    to_picture = np.eye(3)
    to_picture[:2, :2] = linear
    to_picture[:2, 2] = middle - linear @ face.box.centre
    to_middle = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1.0]])
    lean = np.eye(3)
    lean[2, :2] = random.normal(0, tilt, 2) / large
    to_picture = to_middle @ lean @ np.linalg.inv(to_middle) @ to_picture
    to_plane = np.linalg.inv(to_picture)
    x, y = np.meshgrid(np.arange(int(width)) + 0.5, np.arange(int(height)) + 0.5)
    u, v, w = np.tensordot(to_plane, np.stack([x, y, np.ones_like(x)]), 1)
    return _View(to_plane, to_picture, np.float32(u / w), np.float32(v / w), 1 / scale)


def _place(centre: float, whole: float, part: float) -> float:
    """Position, within a part, of a point of the whole, such that the part keeps it near its middle."""
    return centre - min(max(centre - part / 2, 0), whole - part)


def _sample(photo: np.ndarray, view: _View) -> np.ndarray:
    """float32 (h, w, 3): the photo as the view shows it."""
    image, plane = Image.fromarray(np.ascontiguousarray(photo)), view.to_plane
    factor = int(view.pixel)
    if factor > 1:
        image, plane = image.reduce(factor), np.diag([1 / factor, 1 / factor, 1]) @ plane
    plane = (plane / plane[2, 2]).ravel()[:8]
    height, width = view.across.shape
    return np.float32(image.transform((width, height), Image.Transform.PERSPECTIVE, plane, Image.Resampling.BICUBIC))


def _sample_backdrop(backdrop: np.ndarray, shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    height, width = shape
    image = Image.fromarray(backdrop)
    scale = max(width / image.width, height / image.height) * random.uniform(1.0, 1.6)
    image = image.resize((int(image.width * scale) + 1, int(image.height * scale) + 1), Image.Resampling.BILINEAR)
    left, top = random.integers(image.width - width + 1), random.integers(image.height - height + 1)
    image = image.crop((left, top, left + width, top + height))
    return np.float32(image.filter(ImageFilter.GaussianBlur(random.uniform(0, 4))))


def _moved(face: Face, view: _View) -> Face:
    """The face as the view shows it."""

    def place(points: np.ndarray) -> np.ndarray:
        x, y, w = view.to_picture @ np.column_stack([points, np.ones(len(points))]).T
        return np.float32(np.column_stack([x / w, y / w]))

    box = face.box
    corners = place(np.array([[box.left + box.width * x, box.top + box.height * y] for x in (0, 1) for y in (0, 1)]))
    (left, top), (width, height) = corners.min(axis=0).tolist(), np.ptp(corners, axis=0).tolist()
    return Face(Box(left, top, width, height), 1.0, place(face.points.astype(np.float64)))


def _within(view: _View, edges: tuple[float, float, float, float], corner: float = 0) -> np.ndarray:
    """float32 (h, w): coverage of each pixel by a rectangle of the plane with rounded corners."""
    left, top, right, bottom = edges
    x = np.abs(view.across - (left + right) / 2) - (right - left) / 2 + corner
    y = np.abs(view.down - (top + bottom) / 2) - (bottom - top) / 2 + corner
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - corner
    return np.clip(0.5 - outside / view.pixel, 0, 1)


def _lay(scene: np.ndarray, over: np.ndarray, cover: np.ndarray) -> np.ndarray:
    return scene + (over - scene) * cover[..., None]


def _device(view: _View, width: int, height: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A phone's or a monitor's body around the photo, with other content of its screen."""
    large = max(width, height)
    side, above, below = (random.uniform(0.015, 0.09), random.uniform(0.02, 0.3), random.uniform(0.02, 0.3))
    if random.random() < 0.4:
        above, below = random.uniform(0.02, 0.06, 2)
    edges = np.array([-side * width, -above * height, width + side * width, height + below * height])
    screen = np.array([0, -above * height, width, height + below * height]) + np.array([0, 1, 0, -1]) * side * large
    dark = random.random() < 0.75
    body = random.uniform(3, 45, 3) if dark else random.uniform(150, 245, 3)
    panel = random.uniform(0, 40) if random.random() < 0.7 else random.uniform(190, 255)
    looks = np.broadcast_to(np.float32(body), (*view.across.shape, 3))
    looks = _lay(looks, np.broadcast_to(np.float32(panel), looks.shape), _within(view, tuple(screen)))
    for _ in range(random.integers(0, 6)):
        x, y = random.uniform(0, width), random.choice([-above / 2, 1 + below / 2]) * height
        mark = large * random.uniform(0.008, 0.03)
        button = _within(view, (x - mark * random.uniform(0.5, 5), y - mark, x + mark, y + mark), mark)
        looks = _lay(looks, np.broadcast_to(np.float32(255 - panel), looks.shape), button)
    looks = looks + np.float32(random.normal(0, 2, looks.shape))
    return looks, _within(view, tuple(edges), large * random.uniform(0, 0.08))


def _on_screen(shown: np.ndarray, view: _View, random: np.random.Generator) -> np.ndarray:
    """The light of a screen: its gamut, its pixel grid, and refresh bands."""
    light = (shown.clip(0, 255) / 255) ** random.uniform(0.75, 1.35)
    grey = light.mean(axis=2, keepdims=True)
    light = grey + (light - grey) * random.uniform(0.75, 1.35)
    light = light * np.float32([random.uniform(0.82, 1.05), random.uniform(0.92, 1.04), random.uniform(0.92, 1.25)])
    light = light * random.uniform(0.7, 1.45) + random.uniform(0, 0.12)
    across, down = view.across, view.down
    if random.random() < 0.5:
        bend = random.normal(0, 0.05) / max(np.ptp(across), 1)
        middle = across.mean(), down.mean()
        across, down = across + bend * (down - middle[1]) ** 2, down + bend * (across - middle[0]) ** 2
    if random.random() < 0.75:
        pitch = view.pixel * float(np.exp(random.uniform(np.log(0.45), np.log(3.2))))
        deep = random.uniform(0.03, 0.4) * (1 if random.random() < 0.5 else 0.4)
        x, y = 2 * pi * across / pitch, 2 * pi * down / pitch
        rows = 1 + random.uniform(0, 1) * deep * np.cos(y)
        apart = random.choice([0, 1, 1]) * 2 * pi / 3
        light = np.stack([light[..., c] * (1 + deep * np.cos(x + c * apart)) * rows for c in range(3)], axis=2)
    if random.random() < 0.3:
        place = np.linspace(0, 1, len(down))[:, None, None] if random.random() < 0.7 else down[..., None] / np.ptp(down)
        wave = np.cos(2 * pi * (place * random.uniform(1, 12) + random.random()))
        light = light * (1 + random.uniform(0.03, 0.2) * np.float32(wave))
    slope = random.normal(0, 0.25, 2)
    falling = slope[0] * (across / max(np.ptp(across), 1) - 0.5) + slope[1] * (down / max(np.ptp(down), 1) - 0.5)
    return np.float32(255 * light * (1 + falling[..., None]))


def _on_paper(shown: np.ndarray, view: _View, random: np.random.Generator) -> np.ndarray:
    """Ink on paper: fewer and duller colours, a raster or grain, the paper's surface and folds."""
    light = (shown.clip(0, 255) / 255) ** random.uniform(0.7, 1.2)
    grey = light.mean(axis=2, keepdims=True)
    light = grey + (light - grey) * (0.0 if random.random() < 0.06 else random.uniform(0.55, 1.1))
    black, white = random.uniform(0.04, 0.28, 3) + random.normal(0, 0.015, 3), random.uniform(0.78, 1.0)
    light = black + light * (white * (1 + random.normal(0, 0.05, 3)) - black)
    across, down, shape = view.across, view.down, view.across.shape
    if random.random() < 0.5:
        pitch = view.pixel * float(np.exp(random.uniform(np.log(0.6), np.log(3.5))))
        deep = random.uniform(0.02, 0.2)
        angles = np.deg2rad([15, 75, 45]) + random.uniform(0, 1.5)
        for c, angle in enumerate(angles):
            x, y = across * cos(angle) + down * sin(angle), down * cos(angle) - across * sin(angle)
            light[..., c] += deep * np.cos(2 * pi * x / pitch) * np.cos(2 * pi * y / pitch) * (1 - light[..., c])
    grain = random.normal(0, random.uniform(0, 0.06), shape)
    fibres = _clouds(shape, random, random.uniform(1, 3)) * random.uniform(0, 0.05)
    waves = _clouds(shape, random, random.uniform(30, 120)) * random.uniform(0, 0.15)
    light = light * (1 + (grain + fibres + waves)[..., None])
    for _ in range(random.integers(0, 4) if random.random() < 0.4 else 0):
        angle, offset = random.uniform(0, pi), random.uniform(-0.5, 0.5)
        away = (across - across.mean()) * cos(angle) + (down - down.mean()) * sin(angle)
        away = away / max(np.ptp(away), 1) - offset * 0.6
        fold = random.normal(0, 0.15) * np.exp(-np.abs(away) / random.uniform(0.003, 0.08)) * np.sign(away)
        light = light * (1 + fold[..., None])
    return np.float32(255 * light)


def _clouds(shape: tuple[int, int], random: np.random.Generator, size: float) -> np.ndarray:
    """Smooth noise (h, w) of about -2 to 2 with spots of this size in pixels."""
    small = random.normal(0, 1, (int(shape[0] / size) + 2, int(shape[1] / size) + 2)).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize(shape[::-1], Image.Resampling.BICUBIC))


def _cut_out(view: _View, face: Face, random: np.random.Generator) -> np.ndarray:
    """Coverage of a face cut out of its photo with scissors."""
    x, y = face.box.centre
    angle = np.arctan2(view.down - y, view.across - x)
    away = np.hypot((view.across - x) / face.box.width, (view.down - y) / face.box.height)
    edge = random.uniform(0.5, 0.75) + 0.04 * np.cos(angle * random.integers(2, 7) + random.uniform(0, 6))
    return np.clip(0.5 + (edge - away) * face.box.side / view.pixel, 0, 1)


def _fingers(view: _View, width: int, height: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Fingers of a hand that reach over an edge."""
    skin = np.float32([random.uniform(90, 235), 0, 0])
    skin[1] = skin[0] * random.uniform(0.65, 0.82)
    skin[2] = skin[0] * random.uniform(0.5, 0.75)
    large, cover = max(width, height), np.zeros(view.across.shape, np.float32)
    left, thick = random.random() < 0.5, large * random.uniform(0.05, 0.11)
    start = random.uniform(0.2, 0.8) * height
    for number in range(random.integers(1, 5)):
        y, reach = start + number * thick * random.uniform(1.9, 2.4), thick * random.uniform(0.3, 3)
        start_x, end_x = (-8 * thick, reach) if left else (width - reach, width + 8 * thick)
        edges = (start_x, y - thick, end_x, y + thick)
        cover = np.maximum(cover, _within(view, edges, thick))
    shade = 1 + 0.25 * np.float32(_clouds(cover.shape, random, 25))[..., None] * random.uniform(0.3, 1)
    return skin * shade + np.float32(random.normal(0, 3, (*cover.shape, 3))), cover


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
    room = _sample_backdrop(backdrop, (height, width), random)
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
