"""Draws objects before a mouth that are no masks: hands, phones, cups, books and others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ..chips import ROOM
from .textures import colour, patch, surface

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


def phone(scene: Scene, random: np.random.Generator) -> np.ndarray:
    middle = scene.at(random.uniform(-0.15, 0.15), scene.mouth + random.uniform(-0.1, 0.15))
    wide, high, angle = scene.width * random.uniform(0.4, 0.62), scene.width * random.uniform(0.8, 1.25), _tilt(random)
    if random.random() < 0.25:
        angle += np.pi / 2
    chip = lay(scene, polygon(_box(middle, wide, high, angle, 0.12)), _case(scene, random), random)
    lens = _turn(np.array([-0.28 * wide, -0.36 * high]), angle) + middle
    for _ in range(int(random.integers(0, 4))):
        chip = _spot(chip, lens, wide * random.uniform(0.05, 0.09), random.uniform(5, 60, 3))
        lens = lens + _turn(np.array([0, 0.2 * wide]), angle)
    return _fingers(scene, chip, middle, wide, angle, random) if random.random() < 0.7 else chip


def cup(scene: Scene, random: np.random.Generator) -> np.ndarray:
    top = scene.at(random.uniform(-0.08, 0.08), scene.mouth + random.uniform(-0.22, 0.0))
    wide, high, angle = (
        scene.width * random.uniform(0.4, 0.7),
        scene.width * random.uniform(0.5, 1.0),
        _tilt(random, 0.25),
    )
    low = wide * random.uniform(0.6, 1.0)
    edge = [(-wide / 2, 0), (-low / 2, high), (low / 2, high), (wide / 2, 0)]
    rim = [(wide / 2 * np.cos(turn), -0.12 * wide * np.sin(turn)) for turn in np.linspace(0, np.pi, 12)]
    shape = [_turn(np.array(each), angle) + top for each in (*edge, *rim)]
    chip = lay(scene, polygon(shape), surface(random, scene.photos), random, round_shade=True)
    if random.random() < 0.4:
        side = random.choice((-1, 1))
        turns = np.linspace(-1.4, 1.4, 12)
        ring = np.stack(
            [side * (0.45 * wide + 0.3 * wide * np.cos(turns)), 0.45 * high + 0.3 * high * np.sin(turns)], 1
        )
        chip = blend(chip, line([_turn(each, angle) + top for each in ring], 0.1 * wide), colour(random))
    return _fingers(scene, chip, top + _turn(np.array([0, 0.55 * high]), angle), low, angle, random)


def microphone(scene: Scene, random: np.random.Generator) -> np.ndarray:
    head = scene.at(random.uniform(-0.2, 0.2), scene.mouth + random.uniform(-0.05, 0.2))
    size, angle = scene.width * random.uniform(0.16, 0.3), _tilt(random, 0.7)
    shade = colour(random) if random.random() < 0.4 else np.full(3, random.uniform(15, 110))
    end = head + _turn(np.array([0, 3 * scene.width]), angle)
    chip = blend(scene.chip, line([head, end], size * random.uniform(0.8, 1.3)), shade * 0.8)
    turns = np.linspace(0, 2 * np.pi, 24)
    ball = [
        _turn(np.array([size * np.cos(t), size * random.uniform(0.98, 1.02) * 1.2 * np.sin(t)]), angle) + head
        for t in turns
    ]
    weave = np.broadcast_to(shade, (ROOM, ROOM, 3)) + random.normal(0, random.uniform(3, 18), (ROOM, ROOM, 1))
    chip = lay(scene, polygon(ball), weave, random, chip=chip, round_shade=True)
    if random.random() < 0.4:  # a broadcaster's cube
        cube = _box(head + _turn(np.array([0, 2 * size]), angle), 2.6 * size, 2.2 * size, angle, 0.02)
        chip = lay(scene, polygon(cube), surface(random, scene.photos), random, chip=chip)
    return chip


def book(scene: Scene, random: np.random.Generator) -> np.ndarray:
    top = scene.mouth - random.uniform(0.12, 0.35)
    wide, high = scene.width * random.uniform(0.9, 2.2), 2.2 * scene.width
    middle = scene.at(random.uniform(-0.3, 0.3), top) + np.array([0, high / 2])
    angle = _tilt(random, 0.2)
    chip = lay(scene, polygon(_box(middle, wide, high, angle, 0.01)), surface(random, scene.photos), random)
    if random.random() < 0.5:  # the back, or the fold of a newspaper
        ends = [_turn(np.array([0, side * high / 2]), angle) + middle for side in (-1, 1)]
        chip = blend(chip, line(ends, random.uniform(1, 4)), colour(random) * 0.6)
    return chip


def hand(scene: Scene, random: np.random.Generator) -> np.ndarray:
    skin = scene.skin(random)
    palm = scene.at(random.uniform(-0.25, 0.25), scene.mouth + random.uniform(0.0, 0.25))
    size, angle = scene.width * random.uniform(0.36, 0.5), random.uniform(-1.3, 1.3)
    chip = scene.chip
    wrist = [palm, palm + _turn(np.array([0, 3 * scene.width]), angle)]
    chip = lay(scene, line(wrist, size * 0.8), _even(skin * 0.95), random, chip=chip, round_shade=True)
    chip = lay(scene, polygon(_box(palm, size, size * 1.1, angle, 0.3)), _even(skin), random, chip=chip)
    spread, long = random.uniform(0.0, 0.22), size * random.uniform(0.5, 1.0)
    for number in range(4):
        place = number - 1.5
        start = palm + _turn(np.array([place * size * 0.25, -size * 0.4]), angle)
        tip = start + _turn(np.array([0, -long * (1 - 0.12 * abs(place - 0.3))]), angle + place * spread)
        chip = blend(chip, line([start, tip], size * 0.29), skin * 0.6)
        chip = lay(scene, line([start, tip], size * 0.24), _even(skin * random.uniform(0.95, 1.08)), random, chip=chip)
    side = random.choice((-1, 1))
    start = palm + _turn(np.array([side * size * 0.45, size * 0.1]), angle)
    thumb = [start, start + _turn(np.array([side * size * 0.15, -size * 0.6]), angle)]
    return lay(scene, line(thumb, size * 0.26), _even(skin), random, chip=chip)


def forearm(scene: Scene, random: np.random.Generator) -> np.ndarray:
    middle = scene.at(0, scene.mouth + random.uniform(-0.05, 0.2))
    angle, thick = random.uniform(-0.6, 0.6), scene.width * random.uniform(0.3, 0.55)
    ends = [middle + _turn(np.array([side * 3 * scene.width, 0]), angle) for side in (-1, 1)]
    sleeve = surface(random, scene.photos) if random.random() < 0.6 else _even(scene.skin(random))
    return lay(scene, line(ends, thick), sleeve, random, round_shade=True)


def scarf(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A scarf in folds around neck and mouth, wider than the face."""
    top = scene.mouth - random.uniform(0.08, 0.3)
    places = np.linspace(-0.95, 0.95, 9)
    wave = random.normal(0, 0.04, 9) - 0.12 * random.uniform(0, 1) * np.abs(places)
    upper = [scene.at(x, top + y) for x, y in zip(places, wave, strict=True)]
    cloth = surface(random, scene.photos)
    chip = lay(scene, polygon([*upper, [ROOM * 1.1, ROOM * 1.1], [-ROOM * 0.1, ROOM * 1.1]]), cloth, random)
    for _ in range(int(random.integers(2, 7))):
        down = random.uniform(0.05, 0.9)
        fold = [place + np.array([0, down * scene.width + random.normal(0, 3)]) for place in upper]
        chip = blend(chip, line(fold, random.uniform(1, 5)), colour(random) * 0.3, random.uniform(0.15, 0.5))
    return chip


def head(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Another person's head in front of this face, its top at the nose."""
    other = Image.fromarray(scene.others[random.integers(len(scene.others))])
    if random.random() < 0.5:
        other = other.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    side = int(ROOM * random.uniform(0.7, 1.3))
    big = np.asarray(other.resize((side, side), Image.Resampling.BILINEAR), np.float32)
    middle = scene.at(random.uniform(-0.45, 0.45), scene.mouth - random.uniform(0.05, 0.3))
    left, top = int(middle[0] - side / 2), int(middle[1] - side * random.uniform(0.12, 0.2))
    canvas, cover = np.zeros((ROOM, ROOM, 3), np.float32), polygon(_skull(middle, side, top))
    rows, columns = slice(max(0, top), min(ROOM, top + side)), slice(max(0, left), min(ROOM, left + side))
    canvas[rows, columns] = big[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    inside = np.zeros((ROOM, ROOM), np.float32)
    inside[rows, columns] = 1
    if random.random() < 0.4:  # seen from behind: hair only
        hair = patch(random, scene.photos).mean(axis=2, keepdims=True) / 128 * colour(random) * 0.5
        canvas = np.broadcast_to(hair, canvas.shape)
    return blend(scene.chip, cover * inside, canvas)


def thing(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A thing of no particular shape, such as a bouquet, food, a bag or a flag."""
    middle = scene.at(random.uniform(-0.15, 0.15), scene.mouth + random.uniform(0, 0.2))
    turns = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(4, 12))))
    far = scene.width * random.uniform(0.3, 0.75, len(turns))
    shape = [middle + distance * np.array([np.cos(t), np.sin(t)]) for t, distance in zip(turns, far, strict=True)]
    return lay(scene, polygon(shape), surface(random, scene.photos), random)


KINDS: dict[str, Draw] = {
    each.__name__: each for each in (phone, hand, head, cup, forearm, book, microphone, scarf, thing)
}
LEFT_OUT = (("phone", "hand", "head"), ("cup", "forearm", "book"), ("microphone", "scarf", "thing"))
"""The kinds that each split's network was trained without."""


def _case(scene: Scene, random: np.random.Generator) -> np.ndarray:
    return surface(random, scene.photos) if random.random() < 0.5 else _even(np.full(3, random.uniform(5, 60)))


def _even(shade: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(shade, np.float32), (ROOM, ROOM, 3))


def _tilt(random: np.random.Generator, most: float = 0.35) -> float:
    return float(random.uniform(-most, most))


def _turn(place: np.ndarray, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([cosine * place[0] - sine * place[1], sine * place[0] + cosine * place[1]])


def _box(middle: np.ndarray, wide: float, high: float, angle: float, rounded: float) -> list[np.ndarray]:
    """A rectangle with corners cut by a share of its width."""
    cut = rounded * wide
    x, y = wide / 2, high / 2
    corners = [(-x, -y + cut), (-x + cut, -y), (x - cut, -y), (x, -y + cut)]
    return [_turn(np.array(each), angle) + middle for each in (*corners, *((-a, -b) for a, b in corners))]


def _skull(middle: np.ndarray, side: float, top: float) -> list[list[float]]:
    """The outline of a head and shoulders, to cut out of another chip."""
    half = 0.26 * side
    dome = [
        [middle[0] + half * np.cos(t), top + 0.42 * side - 0.34 * side * np.sin(t)] for t in np.linspace(0, np.pi, 14)
    ]
    left, low = dome[-1], top + side
    return [
        *dome,
        [left[0], top + 0.7 * side],
        [middle[0] - 0.5 * side, low],
        [middle[0] + 0.5 * side, low],
        [dome[0][0], top + 0.7 * side],
    ]


def _fingers(
    scene: Scene, chip: np.ndarray, middle: np.ndarray, wide: float, angle: float, random: np.random.Generator
) -> np.ndarray:
    """Fingers around one edge of an object."""
    skin, side = scene.skin(random), random.choice((-1, 1))
    thick = scene.width * random.uniform(0.1, 0.14)
    for number in range(4):
        edge = middle + _turn(np.array([side * wide * 0.75, (number - 1.5) * thick * 1.1]), angle)
        tip = middle + _turn(np.array([side * wide * random.uniform(0.1, 0.3), (number - 1.5) * thick * 1.1]), angle)
        chip = blend(chip, line([edge, tip], thick * 1.15), skin * 0.55)
        chip = blend(chip, line([edge, tip], thick), skin * random.uniform(0.9, 1.05))
    return chip


def _spot(chip: np.ndarray, middle: np.ndarray, size: float, shade: np.ndarray) -> np.ndarray:
    return blend(
        chip, polygon([middle + size * np.array([np.cos(t), np.sin(t)]) for t in np.linspace(0, 6, 12)]), shade
    )


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
