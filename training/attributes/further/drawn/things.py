"""Draws more objects before a mouth: food, instruments, paper, fists, hair, raised collars, shapes of any kind."""

import numpy as np
from PIL import Image, ImageFilter

from ...chips import ROOM
from .scene import Scene, blend, even, fingers, lay, line, polygon, spot, tilt, turn
from .textures import colour, patch, surface


def paper(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A sheet, a banknote, a card or a tablet, seen at an angle."""
    wide, high = scene.width * random.uniform(0.45, 1.8), scene.width * random.uniform(0.35, 1.4)
    middle = scene.at(random.uniform(-0.25, 0.25), scene.mouth + random.uniform(-0.08, 0.2))
    middle[1] += max(0.0, high / 2 - 0.45 * scene.width)
    angle = tilt(random, 0.6)
    corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) / 2
    corners += random.normal(0, 0.05 * scene.width, corners.shape)
    chip = lay(scene, polygon([middle + turn(each, angle) for each in corners]), surface(random, scene.photos), random)
    return fingers(scene, chip, middle, wide, angle, random) if random.random() < 0.5 else chip


def bottle(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A bottle, a can or a glass at the lips."""
    lips = scene.at(random.uniform(-0.06, 0.06), scene.mouth + random.uniform(-0.06, 0.03))
    neck, body = scene.width * random.uniform(0.1, 0.25), scene.width * random.uniform(0.25, 0.5)
    shoulder, end = scene.width * random.uniform(0.05, 0.4), scene.width * random.uniform(0.6, 1.6)
    angle = tilt(random, 1.3)
    half = [(neck / 2, 0.0), (neck / 2, shoulder), (body / 2, shoulder * 1.3 + 0.05 * end), (body / 2, end)]
    shape = [lips + turn(np.array(each), angle) for each in (*half, *((-x, y) for x, y in reversed(half)))]
    chip = lay(scene, polygon(shape), surface(random, scene.photos), random, round_shade=True)
    if random.random() < 0.5:
        shine = [lips + turn(np.array([body * 0.2, at]), angle) for at in (shoulder + 0.1 * end, end * 0.9)]
        chip = blend(chip, line(shine, body * 0.08), even(np.full(3, 245.0)), random.uniform(0.2, 0.6))
    return fingers(scene, chip, lips + turn(np.array([0, 0.6 * end]), angle), body, angle, random)


def food(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A fruit, a slice, a sandwich, an ice cream: one or more soft shapes with grain."""
    middle = scene.at(random.uniform(-0.1, 0.1), scene.mouth + random.uniform(-0.02, 0.15))
    chip, angle = scene.chip, random.uniform(0, np.pi)
    for _ in range(int(random.integers(1, 4))):
        size = scene.width * random.uniform(0.17, 0.38, 2)
        turns = np.linspace(0, 2 * np.pi, int(random.choice((3, 4, 24, 24, 24))), endpoint=False)
        rough = 1 + random.normal(0, random.uniform(0, 0.06), len(turns))
        round_it = rough[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        shape = [middle + turn(size * each, angle) for each in round_it]
        grain = even(colour(random)) + random.normal(0, random.uniform(2, 25), (ROOM, ROOM, 1))
        soft = _blurred(grain.astype(np.float32), random.uniform(0.5, 2))
        chip = lay(scene, polygon(shape), soft, random, chip=chip, round_shade=random.random() < 0.7)
        middle = middle + random.normal(0, 0.12 * scene.width, 2)
    return fingers(scene, chip, middle, 0.5 * scene.width, angle, random) if random.random() < 0.5 else chip


def instrument(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A flute, a trumpet, a saxophone or a harmonica: a tube from the lips, sometimes with a bell."""
    lips = scene.at(random.uniform(-0.1, 0.1), scene.mouth + random.uniform(-0.03, 0.06))
    thick, angle = scene.width * random.uniform(0.07, 0.24), random.uniform(-np.pi / 2, np.pi / 2)
    far = scene.width * random.uniform(0.5, 2.5)
    back = scene.width * random.choice((0.0, random.uniform(0.2, 0.6)))
    shade = np.array(((215, 180, 90), (200, 200, 205), (40, 35, 35), (110, 65, 35))[random.integers(4)], float)
    ends = [lips + turn(np.array([0, far]), angle), lips - turn(np.array([0, back]), angle)]
    chip = lay(scene, line(ends, thick), even(shade), random, round_shade=True)
    chip = blend(chip, line(ends, thick * 0.2), even(np.clip(shade * 1.5, 0, 255)), random.uniform(0.2, 0.8))
    if random.random() < 0.5:
        bell = lips + turn(np.array([0, min(far, scene.width * random.uniform(0.1, 0.8))]), angle)
        chip = spot(chip, bell, scene.width * random.uniform(0.15, 0.4), shade * random.uniform(0.6, 1.1))
        chip = spot(chip, bell, scene.width * random.uniform(0.05, 0.14), shade * 0.3)
    at = lips + turn(np.array([0, far * random.uniform(0.2, 0.6)]), angle)
    return fingers(scene, chip, at, thick * 1.5, angle, random) if random.random() < 0.7 else chip


def bouquet(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Flowers and leaves, or a pile of small things."""
    middle = scene.at(random.uniform(-0.3, 0.3), scene.mouth + random.uniform(0.1, 0.4))
    chip, shades = scene.chip, [colour(random) for _ in range(3)] + [np.array([50.0, 110, 45])]
    spread = scene.width * random.uniform(0.25, 0.45)
    for _ in range(int(random.integers(12, 45))):
        at, size = middle + random.normal(0, spread, 2), scene.width * random.uniform(0.04, 0.14)
        shade = shades[random.integers(len(shades))] * random.uniform(0.6, 1.2)
        turns = np.linspace(0, 2 * np.pi, 14)
        petals = size * (1 + 0.3 * np.cos(random.integers(0, 7) * turns))
        leaf = turn(np.array([size * random.uniform(0.5, 1.5), 0]), random.uniform(0, 3))
        flower = petals[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1) + np.outer(np.cos(turns), leaf)
        chip = lay(scene, polygon(list(at + flower)), even(shade), random, chip=chip, round_shade=random.random() < 0.5)
    return chip


def hair(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Hair, fur or a fringe of threads across the lower half of the face."""
    start = scene.at(random.choice((-0.7, 0.7)) + random.normal(0, 0.1), scene.mouth - random.uniform(0.1, 0.6))
    end = scene.at(random.normal(0, 0.3), scene.mouth + random.uniform(0.2, 0.7))
    shade, chip = colour(random) * random.uniform(0.2, 1.0), scene.chip
    broad, bend = scene.width * random.uniform(0.18, 0.4), random.normal(0, 0.3) * scene.width
    across = turn(end - start, np.pi / 2) / max(float(np.hypot(*(end - start))), 1.0)
    for _ in range(int(random.integers(25, 60))):
        off = across * random.normal(0, broad)
        mid = (start + end) / 2 + across * bend + off * 1.2
        t = np.linspace(0, 1.2, 9)[:, None]
        path = start * (1 - t) ** 2 + 2 * mid * t * (1 - t) + (end + off) * t**2 + off * (1 - t)
        strand, dense = line(list(path), random.uniform(1.5, 5)), random.uniform(0.7, 1)
        chip = blend(chip, strand, even(shade * random.uniform(0.6, 1.4)), dense)
    return chip


def collar(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A raised collar, a jumper pulled up or a towel: straight edges, wider than the jaw."""
    top = scene.mouth - random.uniform(0.05, 0.25)
    left, right = (random.uniform(-0.15, 0.25) for _ in range(2))
    dip = random.uniform(-0.08, 0.2)
    reach = random.uniform(0.42, 0.9)
    edge = [scene.at(-reach, top - left), scene.at(0, top + dip), scene.at(reach, top - right)]
    wide = scene.width * random.uniform(0, 0.4)
    shape = [*edge, edge[2] + [wide, 2 * scene.width], edge[0] + [-wide, 2 * scene.width]]
    chip = lay(scene, polygon(shape), surface(random, scene.photos), random)
    if random.random() < 0.6:
        seam = [edge[1] + [0, random.uniform(0, 5)], edge[1] + [random.normal(0, 8), 1.5 * scene.width]]
        chip = blend(chip, line(seam, random.uniform(1, 5)), even(colour(random)), random.uniform(0.4, 1))
    if random.random() < 0.5:
        hem = [each + [0, 0.08 * scene.width] for each in edge]
        chip = blend(chip, line(hem, random.uniform(1, 3)), even(colour(random) * 0.4), random.uniform(0.2, 0.6))
    return chip


def blob(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A shape without a name: where smooth noise is high, near the mouth."""
    coarse = random.normal(0, 1, (int(random.integers(3, 9)),) * 2).astype(np.float32)
    noise = np.asarray(Image.fromarray(coarse).resize((ROOM, ROOM), Image.Resampling.BICUBIC))
    middle = scene.at(random.normal(0, 0.2), scene.mouth + random.normal(0.05, 0.15))
    y, x = np.mgrid[:ROOM, :ROOM]
    near = np.hypot(x - middle[0], y - middle[1]) / (scene.width * random.uniform(0.25, 0.6))
    cover = np.clip((noise * random.uniform(0.2, 0.7) + 1 - near) * 8, 0, 1)
    return lay(scene, cover, surface(random, scene.photos), random, round_shade=random.random() < 0.5)


def cutting(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A piece of somebody else's picture, such as an eye, hair, or the cloth of a mask, in any shape but a mask's."""
    other = [scene.others[random.integers(len(scene.others))]]
    middle = scene.at(random.normal(0, 0.15), scene.mouth + random.normal(0.05, 0.1))
    turns = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(3, 9))))
    far = scene.width * random.uniform(0.25, 0.8, len(turns))
    shape = [middle + each * np.array([np.cos(t), np.sin(t)]) for t, each in zip(turns, far, strict=True)]
    return blend(scene.chip, polygon(shape), patch(random, other) * random.uniform(0.7, 1.2))


def fist(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A fist, folded hands, or fingers over the lips: rows of bent fingers, lit from one side."""
    skin, middle = scene.skin(random), scene.at(random.uniform(-0.2, 0.2), scene.mouth + random.uniform(0.0, 0.2))
    angle, thick = random.uniform(-1.6, 1.6), scene.width * random.uniform(0.11, 0.17)
    long, count = scene.width * random.uniform(0.2, 0.6), int(random.integers(1, 9))
    arm = [middle, middle + turn(np.array([random.normal(0, 0.2), 2.5]) * scene.width, angle * 0.5)]
    chip = lay(scene, line(arm, thick * min(count, 4) * 0.9), even(skin * 0.9), random, round_shade=True)
    for number in range(count):
        row, place = divmod(number, 4)
        base = middle + turn(np.array([(row - 0.3) * long, (place - (min(count, 4) - 1) / 2) * thick]), angle)
        tip = base + turn(np.array([long * random.uniform(0.8, 1.1), random.normal(0, 0.1) * thick]), angle)
        chip = blend(chip, line([base, tip], thick * 1.1), even(skin * random.uniform(0.45, 0.7)), 0.8)
        chip = lay(scene, line([base, tip], thick * 0.95), even(skin * random.uniform(0.92, 1.08)), random, chip=chip)
        side = turn(np.array([0, -thick * 0.22]), angle)
        chip = blend(chip, line([base + side, tip + side], thick * 0.25), even(np.clip(skin * 1.2, 0, 255)), 0.35)
    return chip


def stick(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Something thin from the lips: a straw, a pen, a pipe, a toothbrush, a cigar; the lips remain in part."""
    lips = scene.at(random.uniform(-0.12, 0.12), scene.mouth + random.uniform(-0.02, 0.04))
    angle, thick = random.uniform(-1.5, 1.5), scene.width * random.uniform(0.03, 0.13)
    end = lips + turn(np.array([0, scene.width * random.uniform(0.3, 1.5)]), angle)
    chip = lay(scene, line([lips, end], thick), even(colour(random)), random, round_shade=True)
    if random.random() < 0.4:
        chip = spot(chip, end, thick * random.uniform(1, 4), colour(random))
    return fingers(scene, chip, end, scene.width * 0.3, angle, random) if random.random() < 0.6 else chip


def ball(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A ball, a balloon, a trophy's bowl: round, shaded, of any surface."""
    middle = scene.at(random.uniform(-0.2, 0.2), scene.mouth + random.uniform(0.0, 0.3))
    size, turns = scene.width * random.uniform(0.28, 0.7), np.linspace(0, 2 * np.pi, 40)
    shape = [middle + size * np.array([np.cos(t), np.sin(t)]) for t in turns]
    chip = lay(scene, polygon(shape), surface(random, scene.photos), random, round_shade=True)
    y, x = np.mgrid[:ROOM, :ROOM]
    light = middle + size * random.uniform(-0.5, 0.5, 2)
    shade = np.clip(1.2 - np.hypot(x - light[0], y - light[1]) / size * random.uniform(0.3, 0.8), 0.3, 1.2)
    return blend(scene.chip, polygon(shape), chip * shade[..., None])


def _blurred(picture: np.ndarray, deviation: float) -> np.ndarray:
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(deviation)), np.float32)


THINGS = (paper, bottle, food, instrument, bouquet, hair, collar, blob, cutting, fist, stick, ball)
