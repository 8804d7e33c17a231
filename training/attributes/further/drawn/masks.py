"""Draws masks over mouth, nose and chin: surgical, cup-shaped, of any cloth, worn low, or another person's."""

from collections.abc import Sequence

import numpy as np

from .scene import Scene, blend, even, lay, line, polygon
from .textures import colour, surface

_JAW = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454)
_CHEEKS = (447, 345, 347), (118, 116, 227)
"""A mask's lower edge from ear to ear, and its upper one on both sides of the nose."""
_NOSE = (6, 197, 195, 5)
_LOW_CHEEKS = (361, 410, 322), (92, 186, 132)
_LIP = (2, 164)
"""The same below the nose, and below it the middle."""
_EARS = ((234, 93), (454, 323))
_TIP, _CHIN = 4, 152
_MEDICAL = ((150, 195, 220), (235, 238, 240), (120, 175, 190), (160, 205, 175), (35, 36, 40), (230, 175, 190))


def cloth_mask(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A mask with any surface: otherwise the network takes every print for an object that is no mask."""
    points = scene.points
    outline = [points[each] for each in (*_JAW, *_CHEEKS[0], random.choice(_NOSE), *_CHEEKS[1])]
    chip = lay(scene, polygon(outline), surface(random, scene.photos), random)
    if random.random() < 0.6:
        for ear, corner in ((234, 93), (454, 323)):
            chip = blend(chip, line([points[corner], points[ear]], random.uniform(1, 2.5)), colour(random))
    if random.random() < 0.5:
        fold = [points[each] * 0.5 + points[152] * 0.5 for each in (132, 1, 361)]
        chip = blend(chip, line(fold, random.uniform(1, 3)), colour(random) * 0.4, random.uniform(0.1, 0.4))
    return chip


def surgical_mask(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Pleats, hems, loops; blue, white, green, black or pink."""
    shade = np.array(_MEDICAL[random.integers(len(_MEDICAL))]) + random.normal(0, 8, 3)
    outline = _outline(scene, random)
    chip = lay(scene, polygon(outline), even(shade) + random.normal(0, 2, scene.chip.shape), random)
    for share in np.linspace(0.25, 0.8, int(random.integers(2, 5))):
        sides = [scene.points[each] * (1 - share) + scene.points[_CHIN] * share for each in (132, 361)]
        middle = scene.points[_TIP] * (1 - share) + scene.points[_CHIN] * share
        dark, light = np.clip(shade * 0.65, 0, 255), np.clip(shade * 1.15, 0, 255)
        chip = blend(chip, line([sides[0], middle, sides[1]], random.uniform(0.8, 2)), even(dark), 0.5)
        below = [each + [0, 1.5] for each in (sides[0], middle, sides[1])]
        chip = blend(chip, line(below, 1), even(light), 0.4)
    hem = outline[len(_JAW) :]
    chip = blend(chip, line(hem, random.uniform(1, 2.5)), even(np.clip(shade * 1.1, 0, 255)), 0.7)
    return _loops(scene, chip, np.clip(shade + 20, 0, 255), random)


def cup_mask(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A respirator: a stiff cup with a seam or a valve, held by straps over the cheeks."""
    white = np.array([238.0, 238, 235]) if random.random() < 0.6 else colour(random)
    outline, tip = _outline(scene, random), scene.points[_TIP]
    mouth = scene.points[13]
    y, x = np.mgrid[: scene.chip.shape[0], : scene.chip.shape[1]]
    from_middle = np.hypot(x - mouth[0], y - mouth[1]) / scene.width
    cup = white * np.clip(1.1 - from_middle * random.uniform(0.3, 1.0), 0.3, 1.1)[..., None]
    chip = lay(scene, polygon(outline), cup, random, round_shade=True)
    seam = [tip, scene.points[_CHIN]] if random.random() < 0.5 else [scene.points[132], mouth, scene.points[361]]
    chip = blend(chip, line(seam, random.uniform(1, 2.5)), even(white * 0.6), random.uniform(0.3, 0.9))
    if random.random() < 0.35:
        at = mouth + random.normal(0, 0.1, 2) * scene.width
        chip = blend(chip, line([at, at + 0.1], scene.width * random.uniform(0.1, 0.2)), even(colour(random)))
    return _loops(scene, chip, colour(random), random)


def low_mask(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """A mask worn under the nose: over mouth and chin only."""
    outline = [scene.points[each] for each in (*_JAW[1:-1], *_LOW_CHEEKS[0], random.choice(_LIP), *_LOW_CHEEKS[1])]
    plain = even(np.array(_MEDICAL[random.integers(len(_MEDICAL))], float) + random.normal(0, 8, 3))
    cloth = plain if random.random() < 0.6 else surface(random, scene.photos)
    chip = lay(scene, polygon(_grown(outline, random)), cloth, random)
    return _loops(scene, chip, colour(random), random)


def another_mask(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """The mask of another person's photo, moved by the six numbers that bring one mesh nearest to the other."""
    chip, points = scene.masked[random.integers(len(scene.masked))]
    fitted = [*_JAW, *_CHEEKS[0], *_CHEEKS[1], *_NOSE, _TIP, 13]
    own = np.hstack([scene.points[fitted], np.ones((len(fitted), 1))])
    moved, *_ = np.linalg.lstsq(own, points[fitted], rcond=None)
    y, x = np.mgrid[: chip.shape[0], : chip.shape[1]]
    places = np.stack([x, y, np.ones_like(x)], axis=-1) @ moved
    columns, rows = (np.clip(places[..., each], 0, chip.shape[0] - 1).astype(int) for each in (0, 1))
    return blend(scene.chip, polygon(_outline(scene, random)), chip[rows, columns] * random.uniform(0.8, 1.15))


def _outline(scene: Scene, random: np.random.Generator) -> list[np.ndarray]:
    ends = (*_JAW, *_CHEEKS[0], random.choice(_NOSE), *_CHEEKS[1])
    return _grown([scene.points[each] for each in ends], random)


def _grown(outline: Sequence[np.ndarray], random: np.random.Generator) -> list[np.ndarray]:
    """A little wider or narrower, longer or shorter: masks seldom end where the jaw does."""
    middle = np.mean(outline, axis=0)
    return list(middle + (np.array(outline) - middle) * random.uniform((0.88, 0.92), (1.08, 1.12)))


def _loops(scene: Scene, chip: np.ndarray, shade: np.ndarray, random: np.random.Generator) -> np.ndarray:
    if random.random() < 0.3:
        return chip
    for ear, corner in _EARS:
        outer = scene.points[ear] + random.uniform(-0.2, 0.0) * (scene.points[_TIP] - scene.points[ear])
        for start in (scene.points[corner], scene.points[ear] * 0.7 + scene.points[_TIP] * 0.3):
            chip = blend(chip, line([start, outer], random.uniform(0.8, 2)), even(shade), random.uniform(0.5, 1))
    return chip


MASKS = (cloth_mask, surgical_mask, cup_mask, low_mask, another_mask)
