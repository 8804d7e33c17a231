"""Draws accessories that hide part of a face: a mask, sunglasses, thick frames. A simulation.

Shapes follow the mesh; they are drawn four times as large and reduced. Each accessory has two styles of different
shapes and colours, so that what is learnt from one can be measured on the other.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from visage.faces.landmarks.mesh import LEFT_EYE, RIGHT_EYE, Mesh

STYLES = 2
_ENLARGED = 4
_JAW = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454)
"""Points of the mesh from one ear along the chin to the other."""
_RIGHT_CHEEK, _LEFT_CHEEK = (447, 345, 347), (118, 116, 227)
"""From the ear to the nose, and back on the other side: a mask's upper edge."""
_NOSE = ((6, 197), (195, 5))
"""How high a mask reaches on the nose, by style."""
_EARS = (127, 356)
"""Where the temples of glasses meet the edges of the face."""
_FABRIC = (
    ((168, 205, 226), (225, 235, 240), (120, 170, 215), (190, 220, 205)),
    ((25, 25, 28), (60, 70, 95), (150, 60, 60), (235, 225, 205), (90, 95, 90)),
)
_DARK = (((8, 8, 10), (18, 18, 24)), ((55, 35, 20), (35, 45, 40), (40, 40, 75)))
_FRAMES = (((12, 12, 12), (30, 25, 25)), ((95, 60, 30), (20, 30, 80), (120, 20, 30), (60, 60, 62)))

Draw = Callable[[np.ndarray, Mesh, int, np.random.Generator], np.ndarray]


def mask(image: np.ndarray, mesh: Mesh, style: int, generator: np.random.Generator) -> np.ndarray:
    """A mask over mouth and nose: surgical, or of cloth in darker colours and worn lower. uint8 (h, w, 3)."""
    points = mesh.points[:, :2]
    nose = points[generator.choice(_NOSE[style])]
    chin = points[152] + (points[152] - points[6]) * generator.uniform(0.0, 0.08)
    outline = [*(points[each] for each in _JAW), *(points[each] for each in _RIGHT_CHEEK), nose]
    outline += [points[each] for each in _LEFT_CHEEK]
    outline[_JAW.index(152)] = chin
    colour = np.array(generator.choice(_FABRIC[style])) * generator.uniform(0.85, 1.1)

    def draw(canvas: ImageDraw.ImageDraw, scale: Callable[[np.ndarray], list[tuple[float, float]]]) -> None:
        canvas.polygon(scale(np.array(outline)), fill=255)

    layer = _layer(image, draw, 0.01 * _apart(mesh))
    folds = np.zeros(image.shape[:2], np.float32)
    if style == 0:  # pleats run across
        axis = (points[152] - points[6]) / max(np.hypot(*(points[152] - points[6])), 1)
        rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
        folds = np.sin((columns * axis[0] + rows * axis[1]) / _apart(mesh) * generator.uniform(12, 20))
    shading = _light(image, mesh, generator) + 0.06 * folds[..., None]
    return _blend(image, layer, colour * (0.75 + 0.35 * shading), 1.0)


def sunglasses(image: np.ndarray, mesh: Mesh, style: int, generator: np.random.Generator) -> np.ndarray:
    """Dark glasses: black and squarish, or tinted and drop-shaped. uint8 (h, w, 3)."""
    colour = np.array(generator.choice(_DARK[style]), float)
    lenses = _lenses(mesh, generator, (0.78, 0.98), (0.52, 0.72), drop=bool(style))
    apart = _apart(mesh)
    rims = _layer(image, lambda canvas, scale: _frame(canvas, scale, mesh, lenses, 0.03 * apart), 0.004 * apart)
    glass = _layer(image, lambda canvas, scale: [canvas.polygon(scale(lens), fill=255) for lens in lenses], 1.0)
    glare = _light(image, mesh, generator) * generator.uniform(5, 25)
    tinted = _blend(image, glass, colour + glare, generator.uniform(0.82, 0.97))
    return _blend(tinted, rims, np.array(generator.choice(_FRAMES[style]), float), 1.0)


def frames(image: np.ndarray, mesh: Mesh, style: int, generator: np.random.Generator) -> np.ndarray:
    """Clear glasses with thick rims: black and squarish, or of other colours and rounder. uint8 (h, w, 3)."""
    lenses = _lenses(mesh, generator, (0.72, 0.9), (0.45, 0.68), drop=False, round_off=0.9 if style else 0.35)
    apart = _apart(mesh)
    width = apart * generator.uniform(0.06, 0.11)
    layer = _layer(image, lambda canvas, scale: _frame(canvas, scale, mesh, lenses, width), 0.004 * apart)
    colour = np.array(generator.choice(_FRAMES[style]), float)
    return _blend(image, layer, colour + _light(image, mesh, generator) * 12, 1.0)


ACCESSORIES: dict[str, Draw] = {"mask": mask, "sunglasses": sunglasses, "frames": frames}


def _apart(mesh: Mesh) -> float:
    """Pixels between the eyes."""
    left, right = (mesh.points[list(corners), :2].mean(axis=0) for corners in (LEFT_EYE, RIGHT_EYE))
    return max(float(np.hypot(*(right - left))), 1.0)


def _lenses(
    mesh: Mesh,
    generator: np.random.Generator,
    widths: tuple[float, float],
    heights: tuple[float, float],
    *,
    drop: bool,
    round_off: float = 0.4,
) -> list[np.ndarray]:
    """The outlines of both lenses, (n, 2) in pixels: superellipses around the eyes, the one turned away narrower."""
    eyes = [mesh.points[list(corners), :2] for corners in (LEFT_EYE, RIGHT_EYE)]
    left, right = (corners.mean(axis=0) for corners in eyes)
    across = (right - left) / max(np.hypot(*(right - left)), 1e-6)
    down = np.array([-across[1], across[0]])
    apart = _apart(mesh)
    width, height = generator.uniform(*widths) / 2, generator.uniform(*heights) / 2
    seen = [np.hypot(*(corners[1] - corners[0])) for corners in eyes]
    sink, power = generator.uniform(0.02, 0.12), 2 + 4 * (1 - round_off)
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    cosine, sine = np.cos(turn), np.sin(turn)
    x, y = (np.sign(each) * np.abs(each) ** (2 / power) for each in (cosine, sine))
    outlines = []
    for side, centre, own in zip((-1, 1), (left, right), seen, strict=True):
        share = own / max(np.mean(seen), 1e-6)  # the side turned away is narrower
        shift = x * width * share
        if drop:
            shift = shift * np.where(y > 0, 1 - 0.25 * y, 1) + side * 0.04 * np.clip(y, 0, 1)
        lens = centre + apart * (np.outer(shift, across) + np.outer(y * height + sink, down))
        outlines.append(lens)
    return outlines


def _frame(
    canvas: ImageDraw.ImageDraw,
    scale: Callable[[np.ndarray], list[tuple[float, float]]],
    mesh: Mesh,
    lenses: list[np.ndarray],
    width: float,
) -> None:
    """Rims, bridge and temples."""
    pen = max(1, round(width * _ENLARGED))
    for lens in lenses:
        canvas.line([*scale(lens), *scale(lens[:2])], fill=255, width=pen, joint="curve")
    left, right = lenses
    inner = left[(left[:, 0]).argmax()], right[(right[:, 0]).argmin()]
    canvas.line(scale(np.array(inner)), fill=255, width=pen)
    for lens, ear, outermost in ((left, _EARS[0], np.argmin), (right, _EARS[1], np.argmax)):
        hinge = lens[outermost(lens[:, 0])]
        canvas.line(scale(np.array([hinge, mesh.points[ear, :2]])), fill=255, width=pen)


def _layer(image: np.ndarray, draw: Callable[..., object], soft: float) -> np.ndarray:
    """Coverage of each pixel, float32 (h, w, 1), 0 to 1, with edges blurred by `soft` pixels."""
    height, width = image.shape[:2]
    canvas = Image.new("L", (width * _ENLARGED, height * _ENLARGED))
    draw(ImageDraw.Draw(canvas), lambda points: [tuple(point) for point in (points * _ENLARGED).tolist()])
    reduced = canvas.resize((width, height), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(max(soft, 0.3)))
    return np.asarray(reduced, np.float32)[..., None] / 255


def _light(image: np.ndarray, mesh: Mesh, generator: np.random.Generator) -> np.ndarray:
    """Smooth light, (h, w, 1), around 1: the face's own, blurred, plus a slope."""
    grey = Image.fromarray(image).convert("L").filter(ImageFilter.GaussianBlur(0.5 * _apart(mesh)))
    light = np.asarray(grey, np.float32)[..., None]
    slope = np.linspace(-1, 1, image.shape[1], dtype=np.float32)[None, :, None] * generator.uniform(-0.2, 0.2)
    return light / max(float(light.mean()), 1.0) + slope


def _blend(image: np.ndarray, layer: np.ndarray, colour: np.ndarray, opacity: float) -> np.ndarray:
    covered = layer * opacity
    return np.clip(image * (1 - covered) + colour * covered, 0, 255).astype(np.uint8)
