"""A face's chip to draw on, and how shapes are laid on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ...chips import ROOM

_ENLARGED = 3
"""Shapes are drawn at this scale, then reduced, for soft edges."""
_CHIN, _EARS, _EYES, _CHEEKS = 152, (234, 454), (33, 263), (50, 280)
_MOUTH = 13


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A chip (ROOM, ROOM, 3) whose face has the mesh `points` (468, 2), and photos to cut surfaces and heads from."""

    chip: np.ndarray
    points: np.ndarray
    photos: Sequence[np.ndarray]
    """Photos of rooms, for surfaces."""
    others: Sequence[np.ndarray]
    """Chips of other people, for heads before this one."""
    masked: Sequence[tuple[np.ndarray, np.ndarray]] = ()
    """Chips of people in masks, and their meshes, for masks of real cloth."""

    def at(self, across: float, down: float) -> np.ndarray:
        """The point (2,) at `across` face widths from the middle and `down` from the eyes (0) to the chin (1)."""
        eyes, chin = self.points[list(_EYES)].mean(axis=0), self.points[_CHIN]
        return eyes + across * self.across + down * (chin - eyes)

    @property
    def across(self) -> np.ndarray:
        left, right = self.points[list(_EYES)]
        return (right - left) / max(np.hypot(*(right - left)), 1e-6) * self.width

    @property
    def width(self) -> float:
        return float(max(np.hypot(*np.subtract(*self.points[list(_EARS)])), ROOM / 5))

    @property
    def mouth(self) -> float:
        """How far down the mouth is."""
        eyes, chin = self.points[list(_EYES)].mean(axis=0), self.points[_CHIN]
        axis = chin - eyes
        return float(np.clip((self.points[_MOUTH] - eyes) @ axis / max(axis @ axis, 1e-6), 0.4, 0.9))

    def skin(self, random: np.random.Generator) -> np.ndarray:
        """The colour of the cheeks, varied a little: for a hand of the same person, or of another."""
        places = np.clip(self.points[list(_CHEEKS)].astype(int), 2, ROOM - 3)
        found = np.mean([self.chip[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1)) for x, y in places], axis=0)
        return np.clip(found * random.uniform(0.75, 1.15) + random.normal(0, 6, 3), 0, 255)


Draw = Callable[[Scene, np.random.Generator], np.ndarray]


def even(shade: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(shade, np.float32), (ROOM, ROOM, 3))


def tilt(random: np.random.Generator, most: float = 0.35) -> float:
    return float(random.uniform(-most, most))


def turn(place: np.ndarray, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([cosine * place[0] - sine * place[1], sine * place[0] + cosine * place[1]])


def box(middle: np.ndarray, wide: float, high: float, angle: float, rounded: float) -> list[np.ndarray]:
    """A rectangle with corners cut by a share of its width."""
    cut = rounded * wide
    x, y = wide / 2, high / 2
    corners = [(-x, -y + cut), (-x + cut, -y), (x - cut, -y), (x, -y + cut)]
    return [turn(np.array(each), angle) + middle for each in (*corners, *((-a, -b) for a, b in corners))]


def polygon(shape: Sequence[np.ndarray | list[float]]) -> np.ndarray:
    return _drawn(lambda draw, points: draw.polygon(points, fill=255), shape)


def line(places: Sequence[np.ndarray], width: float) -> np.ndarray:
    """A stroke with round ends."""

    def stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]]) -> None:
        thick = max(1, round(width * _ENLARGED))
        draw.line(points, fill=255, width=thick, joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)

    return _drawn(stroke, places)


def _drawn(draw: Callable[..., None], places: Sequence[np.ndarray | list[float]]) -> np.ndarray:
    """Coverage of each pixel, float32 (ROOM, ROOM)."""
    canvas = Image.new("L", (ROOM * _ENLARGED,) * 2)
    draw(ImageDraw.Draw(canvas), [(float(x) * _ENLARGED, float(y) * _ENLARGED) for x, y in places])
    return np.asarray(canvas.reduce(_ENLARGED), np.float32) / 255


def lay(
    scene: Scene,
    cover: np.ndarray,
    cloth: np.ndarray,
    random: np.random.Generator,
    *,
    chip: np.ndarray | None = None,
    round_shade: bool = False,
) -> np.ndarray:
    """Lay a surface on the chip under the chip's own light; `round_shade`: darker towards its edges."""
    below = scene.chip if chip is None else chip
    light = np.asarray(Image.fromarray(scene.chip).convert("L").filter(ImageFilter.GaussianBlur(25)), np.float32)
    light = np.clip(light / max(float(light.mean()), 20), 0.4, 1.6) ** random.uniform(0.2, 0.7)
    if round_shade:
        soft = np.asarray(
            Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(6)), np.float32
        )
        light = light * (0.5 + 0.5 * soft / 255)
    return blend(below, cover, cloth * light[..., None] * random.uniform(0.75, 1.1))


def blend(chip: np.ndarray, cover: np.ndarray, shade: np.ndarray, opacity: float = 1.0) -> np.ndarray:
    share = (cover * opacity)[..., None]
    return np.clip(chip * (1 - share) + shade * share, 0, 255).astype(np.uint8)


def fingers(
    scene: Scene, chip: np.ndarray, middle: np.ndarray, wide: float, angle: float, random: np.random.Generator
) -> np.ndarray:
    """Fingers around one edge of an object."""
    skin, side = scene.skin(random), random.choice((-1, 1))
    thick = scene.width * random.uniform(0.1, 0.14)
    for number in range(4):
        edge = middle + turn(np.array([side * wide * 0.75, (number - 1.5) * thick * 1.1]), angle)
        tip = middle + turn(np.array([side * wide * random.uniform(0.1, 0.3), (number - 1.5) * thick * 1.1]), angle)
        chip = blend(chip, line([edge, tip], thick * 1.15), skin * 0.55)
        chip = blend(chip, line([edge, tip], thick), skin * random.uniform(0.9, 1.05))
    return chip


def spot(chip: np.ndarray, middle: np.ndarray, size: float, shade: np.ndarray) -> np.ndarray:
    return blend(
        chip, polygon([middle + size * np.array([np.cos(t), np.sin(t)]) for t in np.linspace(0, 6, 12)]), shade
    )


def settled(chip: np.ndarray, drawn: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What was drawn on a chip, as a camera sees it: softer edges, a shadow beside it, sometimes out of focus.

    What lies outside the photo, black in its chip, stays black: else all that reaches there tells of drawing.
    """
    covered = np.abs(drawn.astype(np.float32) - chip).max(axis=2) > 6
    cover = _blurred(covered.astype(np.float32), 0.6)
    dark = _blurred(np.roll(cover, random.integers(-4, 7, 2), (0, 1)), random.uniform(1.5, 7))
    depth = random.uniform(0.1, 0.6) if random.random() < 0.6 else 0.0
    below = chip * (1 - depth * dark * (1 - cover))[..., None]
    near = drawn
    if random.random() < 0.4:
        planes = drawn.astype(np.float32).transpose(2, 0, 1)
        near = np.stack([_blurred(plane, random.uniform(0.4, 1.6)) for plane in planes], axis=2)
    soft = _blurred(cover, random.uniform(0.1, 1.3))[..., None]
    black = Image.fromarray(((chip.max(axis=2) == 0) * 255).astype(np.uint8))
    outside = np.asarray(black.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MaxFilter(5))) > 0
    return np.where(outside[..., None], 0, np.clip(below * (1 - soft) + near * soft, 0, 255)).astype(np.uint8)


def _blurred(plane: np.ndarray, deviation: float) -> np.ndarray:
    """float32 (h, w), blurred; Pillow blurs bytes only."""
    most = max(float(plane.max()), 1e-6)
    image = Image.fromarray(np.clip(plane / most * 255, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(deviation)), np.float32) / 255 * most
