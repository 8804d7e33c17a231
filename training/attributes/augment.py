"""Varies the network's inputs: drawn masks and dark glasses, other faces' hats, then light, position and focus."""

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor
from torch.nn import functional

from visage.faces.appearance.attributes import SIDE

from .chips import MARGIN, ROOM
from .parts import Hat

_SCALE = 4
"""Shapes are drawn at this scale, then reduced, for soft edges."""


def wear_mask(chip: np.ndarray, points: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw a cloth mask over nose, mouth and chin; points (5, 2) in the chip."""
    (left, right), mouth = points[:2], points[3:].mean(axis=0)
    across = right - left
    down = mouth - (left + right) / 2
    bridge = (left + right) / 2 + down * random.uniform(0.25, 0.6)
    side, edge = across * random.uniform(0.75, 1.0), down * random.uniform(0.3, 0.6)
    chin = mouth + down * random.uniform(0.45, 0.75)
    outline = [bridge, bridge + side * 0.55 + edge * 0.1, bridge + side + edge, mouth + side * 0.75 + down * 0.25]
    outline += [chin + side * 0.35, chin - side * 0.35]
    outline += [mouth - side * 0.75 + down * 0.25, bridge - side + edge, bridge - side * 0.55 + edge * 0.1]
    palette = [(235, 238, 240), (150, 195, 220), (40, 42, 46), (120, 160, 190), tuple(random.integers(0, 255, 3))]
    colour = np.array(palette[random.integers(len(palette))]) + random.normal(0, 8, 3)
    shade = _shade(chip, colour, random)
    cover = _cover([outline], [])
    for share in random.uniform(0.2, 0.8, random.integers(0, 4)):
        fold = bridge * (1 - share) + chin * share
        line = _cover([], [(fold - side * 0.8, fold + side * 0.8)], width=1)
        shade = shade * (1 - 0.25 * line[..., None])
    ears = [(bridge - side + edge, bridge - side * 1.4), (bridge + side + edge, bridge + side * 1.4)]
    return _lay(chip, shade, np.maximum(cover, 0.8 * _cover([], ears)))


def wear_sunglasses(chip: np.ndarray, points: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw dark lenses, a bridge and temples over the eyes."""
    left, right = points[:2]
    across = right - left
    down = np.array([-across[1], across[0]])
    wide, high = random.uniform(0.36, 0.48), random.uniform(0.24, 0.42)
    squareness = random.uniform(2, 5)
    angles = np.linspace(0, 2 * np.pi, 40)
    lenses = []
    for eye, side in ((left, -1), (right, 1)):
        x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** (2 / squareness)
        y = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** (2 / squareness)
        y = y * (1 + random.uniform(-0.1, 0.1) * side * x)
        middle = eye + across * 0.03 * side + down * random.uniform(0.0, 0.1)
        lenses.append(list(middle + np.outer(x * wide, across) + np.outer(y * high, down)))
    rim = down * -0.08
    temples = [(left - across * wide, left - across * 0.8), (right + across * wide, right + across * 0.8)]
    tint = [(18, 18, 20), (40, 28, 20), (25, 35, 60), (60, 40, 40)][random.integers(4)]
    shade = _shade(chip, np.array(tint) + random.normal(0, 6, 3), random)
    lens = _cover(lenses, [])
    glare = np.clip(np.linspace(random.uniform(0, 0.5), 0, ROOM), 0, 1)[:, None, None] * random.integers(0, 2)
    shade = shade + glare * 120
    frame = _cover([], [(left + rim, right + rim), *temples], width=2)
    return _lay(chip, shade, np.maximum(lens * random.uniform(0.82, 1.0), frame))


def wear_hat(chip: np.ndarray, hat: Hat, random: np.random.Generator) -> np.ndarray:
    """Add another face's hat, shifted slightly and sometimes mirrored."""
    pixels, cover = hat.pixels, hat.cover
    if random.random() < 0.5:
        pixels, cover = pixels[:, ::-1], cover[:, ::-1]
    across, down = random.integers(-5, 6), random.integers(-8, 5)
    pixels, cover = (np.roll(array, (down, across), (0, 1)) for array in (pixels, cover))
    factor = random.uniform(0.7, 1.3, 3) * random.uniform(0.7, 1.3)
    order = random.permutation(3)
    return _lay(chip, pixels[..., order] * factor, cover)


def _shade(chip: np.ndarray, colour: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A plain colour shaded by the chip's own light."""
    light = np.asarray(Image.fromarray(chip).convert("L").filter(ImageFilter.GaussianBlur(12)), np.float32) / 255
    light = (light / max(light.mean(), 0.05)) ** random.uniform(0.2, 0.7)
    return colour * np.clip(light, 0.3, 1.7)[..., None] + random.normal(0, 3, chip.shape)


def _cover(polygons: list, lines: list, width: float = 1) -> np.ndarray:
    """Coverage of each pixel, float32 (ROOM, ROOM)."""
    canvas = Image.new("L", (ROOM * _SCALE,) * 2)
    draw = ImageDraw.Draw(canvas)
    for polygon in polygons:
        draw.polygon([tuple(point * _SCALE) for point in polygon], fill=255)
    for start, end in lines:
        draw.line([tuple(start * _SCALE), tuple(end * _SCALE)], fill=255, width=round(width * _SCALE))
    return np.asarray(canvas.reduce(_SCALE), np.float32) / 255


def _lay(chip: np.ndarray, over: np.ndarray, cover: np.ndarray) -> np.ndarray:
    cover = cover[..., None]
    return np.clip(chip * (1 - cover) + over * cover, 0, 255).astype(np.uint8)


def vary(chips: Tensor, generator: torch.Generator, *, far: bool = False) -> Tensor:
    """Vary framing, light and focus of chips (n, 3, ROOM, ROOM), 0 to 255: pictures (n, 3, SIDE, SIDE).

    `far`: all are as coarse as faces of a crowd, otherwise a quarter is coarser than the photo.
    """
    count = len(chips)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator)

    def some(share: float) -> Tensor:
        return (torch.rand(count, generator=generator) < share)[:, None, None, None]

    angle, zoom = uniform(-0.2, 0.2), uniform(0.85, 1.18) * SIDE / ROOM
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    linear = torch.stack([angle.cos() * mirror, -angle.sin(), angle.sin() * mirror, angle.cos()], 1).view(-1, 2, 2)
    matrix = torch.cat([linear * zoom[:, None, None], uniform(-0.1, 0.1, 2, 1)], dim=2)
    grid = functional.affine_grid(matrix, (count, 3, SIDE, SIDE), align_corners=False)
    x = functional.grid_sample(chips, grid, align_corners=False)

    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * torch.where(some(0.12), torch.tensor(0.0), uniform(0.6, 1.4, 1, 1, 1))
    middle = x.mean(dim=(2, 3), keepdim=True)
    x = middle + (x - middle) * uniform(0.7, 1.3, 1, 1, 1) + uniform(-35, 35, 1, 1, 1) + uniform(-10, 10, 3, 1, 1)
    coarse = uniform(*((0.12, 0.35) if far else (0.25, 0.8)))
    low = functional.interpolate(x, scale_factor=float(coarse[0]), mode="area")
    x = torch.where(some(1.0 if far else 0.25), functional.interpolate(low, (SIDE, SIDE), mode="bilinear"), x)
    x = x + torch.randn(x.shape, generator=generator) * uniform(0, 6, 1, 1, 1)
    return _frame(x.clamp(0, 255), uniform(0, 0.3, 4), some(0.25), generator)


def _frame(x: Tensor, margins: Tensor, chosen: Tensor, generator: torch.Generator) -> Tensor:
    """Blacken margins of the chosen pictures, as in photos that end close to the face."""
    place = torch.linspace(0, 1, SIDE)
    inside_x = (place >= margins[:, :1]) & (place <= 1 - margins[:, 1:2])
    inside_y = (place >= margins[:, 2:3] * 0.5) & (place <= 1 - margins[:, 3:])
    inside = (inside_y[:, :, None] & inside_x[:, None, :])[:, None]
    return torch.where(chosen & ~inside, torch.zeros(()), x)


def middle(chips: Tensor) -> Tensor:
    """Crop chips (n, 3, ROOM, ROOM) as the deployed code does."""
    return chips[..., MARGIN : MARGIN + SIDE, MARGIN : MARGIN + SIDE]
