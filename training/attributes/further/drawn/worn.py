"""Draws what the sets seldom show: glasses with thin rims or none, cloth around the head."""

import numpy as np

from .scene import Scene, blend, lay, line, polygon
from .textures import colour, surface

_LEFT, _RIGHT = (33, 133), (362, 263)
"""The corners of each eye."""
_EARS = (127, 356)
_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149)
_OVAL += (150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
"""The face's outline, from the top of the forehead round to it."""
_METAL = ((205, 205, 210), (120, 120, 125), (200, 170, 100), (40, 40, 44), (90, 55, 40))


def thin_glasses(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Clear glasses with wire rims or none: bridge and temples, sometimes a glint."""
    eyes = [scene.points[list(corners)] for corners in (_LEFT, _RIGHT)]
    left, right = (corners.mean(axis=0) for corners in eyes)
    apart = max(float(np.hypot(*(right - left))), 1.0)
    across = (right - left) / apart
    down = np.array([-across[1], across[0]])
    wide, high = random.uniform(0.34, 0.46) * apart, random.uniform(0.2, 0.33) * apart
    power, sink = random.uniform(2, 5), random.uniform(0.0, 0.12) * apart
    turns = np.linspace(0, 2 * np.pi, 40)
    x, y = (np.sign(each) * np.abs(each) ** (2 / power) for each in (np.cos(turns), np.sin(turns)))
    seen = [float(np.hypot(*(corners[1] - corners[0]))) for corners in eyes]
    chip, metal = scene.chip, np.array(_METAL[random.integers(len(_METAL))]) * random.uniform(0.7, 1.1)
    pen, rimless, dense = random.uniform(0.4, 1.4), random.random() < 0.4, random.uniform(0.45, 1.0)
    half = random.random() < 0.25
    lenses = []
    for middle, own in zip((left, right), seen, strict=True):
        narrow = wide * np.clip(own / max(float(np.mean(seen)), 1e-6), 0.5, 1.2)
        lens = middle + down * sink + np.outer(x * narrow, across) + np.outer(y * high, down)
        lenses.append(lens)
        chip = blend(chip, polygon(lens), np.full(3, 255.0), random.uniform(0, 0.06))
        rim = lens[20:] if half else lens
        edge = random.uniform(0.1, 0.3) if rimless else dense
        chip = blend(chip, line(rim, pen), np.full(3, 235.0) if rimless and random.random() < 0.5 else metal, edge)
        if random.random() < 0.35:
            shine = middle + down * (sink - high * 0.4) + np.outer(np.array([-0.3, 0.25]) * narrow, across)
            chip = blend(chip, line(list(shine), random.uniform(0.8, 3)), np.full(3, 250.0), random.uniform(0.2, 0.7))
    inner = [left + across * wide + down * (sink - high * 0.3), right - across * wide + down * (sink - high * 0.3)]
    chip = blend(chip, line(inner, pen * 1.2), metal, dense)
    for sign, lens, ear in ((-1, lenses[0], _EARS[0]), (1, lenses[1], _EARS[1])):
        hinge = lens[int(np.argmax(sign * (lens @ across)))] - down * high * 0.3
        chip = blend(chip, line([hinge, scene.points[ear]], pen * 1.3), metal, dense)
    return chip


def headscarf(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Cloth around the face, over hair, ears and neck; often white."""
    outline = scene.points[list(_OVAL)]
    middle = outline.mean(axis=0)
    loose = random.uniform(0.97, 1.06)
    top = middle - scene.at(0, 0)
    inner = middle + (outline - middle) * loose - top * random.uniform(0.0, 0.12)
    turns = np.linspace(0, 2 * np.pi, 40)
    high, wide = scene.width * random.uniform(0.95, 1.15), scene.width * random.uniform(0.68, 0.82)
    dome = [middle - top * 0.45 + np.array([wide * np.sin(t), -high * np.cos(t)]) for t in turns]
    low = middle[1] + 0.4 * scene.width
    shoulders = [
        (middle[0] - wide * 0.98, low),
        (middle[0] + wide * 0.98, low),
        (middle[0] + 1.6 * wide, 400),
        (middle[0] - 1.6 * wide, 400),
    ]
    cover = np.maximum(polygon(dome), polygon(shoulders)) * (1 - polygon(inner))
    white = np.broadcast_to(np.array([236.0, 236.0, 232.0]), scene.chip.shape)
    chip = lay(scene, cover, white if random.random() < 0.35 else surface(random, scene.photos), random)
    for share in random.uniform(1.05, 1.5, int(random.integers(1, 5))):
        fold = middle + (inner - middle) * share
        start = int(random.integers(0, 20))
        mark = line(fold[start : start + 16], random.uniform(1, 4)) * cover
        chip = blend(chip, mark, colour(random) * 0.4, random.uniform(0.1, 0.4))
    return chip
