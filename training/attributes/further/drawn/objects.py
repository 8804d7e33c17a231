"""Draws objects before a mouth that are no masks: hands, phones, cups, books and others."""

import numpy as np
from PIL import Image

from ...chips import ROOM
from .scene import Scene, blend, box, even, fingers, lay, line, polygon, spot, tilt, turn
from .textures import colour, patch, surface


def phone(scene: Scene, random: np.random.Generator) -> np.ndarray:
    middle = scene.at(random.uniform(-0.15, 0.15), scene.mouth + random.uniform(-0.1, 0.15))
    wide, high, angle = scene.width * random.uniform(0.4, 0.62), scene.width * random.uniform(0.8, 1.25), tilt(random)
    if random.random() < 0.25:
        angle += np.pi / 2
    chip = lay(scene, polygon(box(middle, wide, high, angle, 0.12)), _case(scene, random), random)
    lens = turn(np.array([-0.28 * wide, -0.36 * high]), angle) + middle
    for _ in range(int(random.integers(0, 4))):
        chip = spot(chip, lens, wide * random.uniform(0.05, 0.09), random.uniform(5, 60, 3))
        lens = lens + turn(np.array([0, 0.2 * wide]), angle)
    return fingers(scene, chip, middle, wide, angle, random) if random.random() < 0.7 else chip


def cup(scene: Scene, random: np.random.Generator) -> np.ndarray:
    top = scene.at(random.uniform(-0.08, 0.08), scene.mouth + random.uniform(-0.22, 0.0))
    wide, high, angle = (
        scene.width * random.uniform(0.4, 0.7),
        scene.width * random.uniform(0.5, 1.0),
        tilt(random, 0.25),
    )
    low = wide * random.uniform(0.6, 1.0)
    edge = [(-wide / 2, 0), (-low / 2, high), (low / 2, high), (wide / 2, 0)]
    rim = [(wide / 2 * np.cos(turn), -0.12 * wide * np.sin(turn)) for turn in np.linspace(0, np.pi, 12)]
    shape = [turn(np.array(each), angle) + top for each in (*edge, *rim)]
    chip = lay(scene, polygon(shape), surface(random, scene.photos), random, round_shade=True)
    if random.random() < 0.4:
        side = random.choice((-1, 1))
        turns = np.linspace(-1.4, 1.4, 12)
        ring = np.stack(
            [side * (0.45 * wide + 0.3 * wide * np.cos(turns)), 0.45 * high + 0.3 * high * np.sin(turns)], 1
        )
        chip = blend(chip, line([turn(each, angle) + top for each in ring], 0.1 * wide), colour(random))
    return fingers(scene, chip, top + turn(np.array([0, 0.55 * high]), angle), low, angle, random)


def microphone(scene: Scene, random: np.random.Generator) -> np.ndarray:
    head = scene.at(random.uniform(-0.2, 0.2), scene.mouth + random.uniform(-0.05, 0.2))
    size, angle = scene.width * random.uniform(0.16, 0.3), tilt(random, 0.7)
    shade = colour(random) if random.random() < 0.4 else np.full(3, random.uniform(15, 110))
    end = head + turn(np.array([0, 3 * scene.width]), angle)
    chip = blend(scene.chip, line([head, end], size * random.uniform(0.8, 1.3)), shade * 0.8)
    turns = np.linspace(0, 2 * np.pi, 24)
    ball = [
        turn(np.array([size * np.cos(t), size * random.uniform(0.98, 1.02) * 1.2 * np.sin(t)]), angle) + head
        for t in turns
    ]
    weave = np.broadcast_to(shade, (ROOM, ROOM, 3)) + random.normal(0, random.uniform(3, 18), (ROOM, ROOM, 1))
    chip = lay(scene, polygon(ball), weave, random, chip=chip, round_shade=True)
    if random.random() < 0.4:  # a broadcaster's cube
        cube = box(head + turn(np.array([0, 2 * size]), angle), 2.6 * size, 2.2 * size, angle, 0.02)
        chip = lay(scene, polygon(cube), surface(random, scene.photos), random, chip=chip)
    return chip


def book(scene: Scene, random: np.random.Generator) -> np.ndarray:
    top = scene.mouth - random.uniform(0.12, 0.35)
    wide, high = scene.width * random.uniform(0.9, 2.2), 2.2 * scene.width
    middle = scene.at(random.uniform(-0.3, 0.3), top) + np.array([0, high / 2])
    angle = tilt(random, 0.2)
    chip = lay(scene, polygon(box(middle, wide, high, angle, 0.01)), surface(random, scene.photos), random)
    if random.random() < 0.5:  # the back, or the fold of a newspaper
        ends = [turn(np.array([0, side * high / 2]), angle) + middle for side in (-1, 1)]
        chip = blend(chip, line(ends, random.uniform(1, 4)), colour(random) * 0.6)
    return chip


def hand(scene: Scene, random: np.random.Generator) -> np.ndarray:
    skin = scene.skin(random)
    palm = scene.at(random.uniform(-0.25, 0.25), scene.mouth + random.uniform(0.0, 0.25))
    size, angle = scene.width * random.uniform(0.36, 0.5), random.uniform(-1.3, 1.3)
    chip = scene.chip
    wrist = [palm, palm + turn(np.array([0, 3 * scene.width]), angle)]
    chip = lay(scene, line(wrist, size * 0.8), even(skin * 0.95), random, chip=chip, round_shade=True)
    chip = lay(scene, polygon(box(palm, size, size * 1.1, angle, 0.3)), even(skin), random, chip=chip)
    spread, long = random.uniform(0.0, 0.22), size * random.uniform(0.5, 1.0)
    for number in range(4):
        place = number - 1.5
        start = palm + turn(np.array([place * size * 0.25, -size * 0.4]), angle)
        tip = start + turn(np.array([0, -long * (1 - 0.12 * abs(place - 0.3))]), angle + place * spread)
        chip = blend(chip, line([start, tip], size * 0.29), skin * 0.6)
        chip = lay(scene, line([start, tip], size * 0.24), even(skin * random.uniform(0.95, 1.08)), random, chip=chip)
    side = random.choice((-1, 1))
    start = palm + turn(np.array([side * size * 0.45, size * 0.1]), angle)
    thumb = [start, start + turn(np.array([side * size * 0.15, -size * 0.6]), angle)]
    return lay(scene, line(thumb, size * 0.26), even(skin), random, chip=chip)


def forearm(scene: Scene, random: np.random.Generator) -> np.ndarray:
    middle = scene.at(0, scene.mouth + random.uniform(-0.05, 0.2))
    angle, thick = random.uniform(-0.6, 0.6), scene.width * random.uniform(0.3, 0.55)
    ends = [middle + turn(np.array([side * 3 * scene.width, 0]), angle) for side in (-1, 1)]
    sleeve = surface(random, scene.photos) if random.random() < 0.6 else even(scene.skin(random))
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


OBJECTS = (phone, hand, head, cup, forearm, book, microphone, scarf, thing)


def _case(scene: Scene, random: np.random.Generator) -> np.ndarray:
    return surface(random, scene.photos) if random.random() < 0.5 else even(np.full(3, random.uniform(5, 60)))


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
