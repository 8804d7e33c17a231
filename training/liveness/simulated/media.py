"""What shows a photo: screens with their devices, paper, and the hands that hold them."""

from math import cos, pi, sin

import numpy as np
from PIL import Image

from visage.faces.types import Face

from .view import View, lay, within


def device(view: View, width: int, height: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
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
    looks = lay(looks, np.broadcast_to(np.float32(panel), looks.shape), within(view, tuple(screen)))
    for _ in range(random.integers(0, 6)):
        x, y = random.uniform(0, width), random.choice([-above / 2, 1 + below / 2]) * height
        mark = large * random.uniform(0.008, 0.03)
        button = within(view, (x - mark * random.uniform(0.5, 5), y - mark, x + mark, y + mark), mark)
        looks = lay(looks, np.broadcast_to(np.float32(255 - panel), looks.shape), button)
    looks = looks + np.float32(random.normal(0, 2, looks.shape))
    return looks, within(view, tuple(edges), large * random.uniform(0, 0.08))


def on_screen(shown: np.ndarray, view: View, random: np.random.Generator) -> np.ndarray:
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


def on_paper(shown: np.ndarray, view: View, random: np.random.Generator) -> np.ndarray:
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


def cut_out(view: View, face: Face, random: np.random.Generator) -> np.ndarray:
    """Coverage of a face cut out of its photo with scissors."""
    x, y = face.box.centre
    angle = np.arctan2(view.down - y, view.across - x)
    away = np.hypot((view.across - x) / face.box.width, (view.down - y) / face.box.height)
    edge = random.uniform(0.5, 0.75) + 0.04 * np.cos(angle * random.integers(2, 7) + random.uniform(0, 6))
    return np.clip(0.5 + (edge - away) * face.box.side / view.pixel, 0, 1)


def fingers(view: View, width: int, height: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
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
        cover = np.maximum(cover, within(view, edges, thick))
    shade = 1 + 0.25 * np.float32(_clouds(cover.shape, random, 25))[..., None] * random.uniform(0.3, 1)
    return skin * shade + np.float32(random.normal(0, 3, (*cover.shape, 3))), cover
