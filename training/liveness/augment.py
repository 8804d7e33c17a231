"""Varies the network's inputs: framing, missing parts, light, focus and noise, for both kinds alike."""

import torch
from torch import Tensor
from torch.nn import functional

from visage.faces.appearance.recapture import OUTSIDE, VIEWS

from .chips import ROOM

CROPPED, ALONE = 0.6, 0.08
"""Shares of the pictures that end near the face, and of those that show only one view."""


def vary(rooms: tuple[Tensor, ...], strength: float, generator: torch.Generator) -> tuple[Tensor, ...]:
    """Augment chips (n, 4, side, side), one per view, by framing, light and focus.

    Both views of a face are framed, lit and cropped alike, as they come from one photo. `strength` 0–1: how often and
    how far.
    """
    count = len(rooms[0])

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator)

    def about(middle: float, reach: float, *shape: int) -> Tensor:
        return middle + strength * uniform(-reach, reach, *shape)

    def some(share: float) -> Tensor:
        return (torch.rand(count, generator=generator) < share * strength)[:, None, None, None]

    angle, zoom = uniform(-0.12, 0.12), uniform(0.88, 1.12) / ROOM
    squeezed = torch.where(some(0.3)[:, 0, 0], uniform(-0.2, 0.2, 1), torch.zeros(1)).exp()
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    linear = torch.stack([angle.cos() * mirror, -angle.sin(), angle.sin() * mirror, angle.cos()], 1).view(-1, 2, 2)
    linear = linear * zoom[:, None, None] * torch.cat([squeezed, 1 / squeezed], 1)[:, None]
    shift = uniform(-0.05, 0.05, 2, 1)
    edges = torch.where(some(CROPPED)[:, 0, 0], uniform(0.5, 1.9, 4), torch.full((1,), 9.0))
    contrast, tint = about(1, 0.25, 1, 1, 1), about(0, 12, 3, 1, 1) + about(0, 25, 1, 1, 1)
    colour = torch.where(some(0.08), torch.zeros(()), about(1, 0.3, 1, 1, 1))
    soft, share = some(0.25), float(uniform(0.35, 0.85)[0])
    noise = uniform(0, 5, 1, 1, 1) * some(0.5)
    shown = torch.rand(count, generator=generator)

    pictures = []
    for number, (view, room) in enumerate(zip(VIEWS, rooms, strict=True)):
        matrix = torch.cat([linear, shift * VIEWS[0].share / view.share], dim=2)
        grid = functional.affine_grid(matrix, (count, 3, view.side, view.side), align_corners=False)
        x = functional.grid_sample(room, grid, align_corners=False)
        x, inside = x[:, :3], x[:, 3:] > 250
        grey = x.mean(dim=1, keepdim=True)
        x = grey + (x - grey) * colour
        x = 128 + (x - 128) * contrast + tint
        low = functional.interpolate(x, scale_factor=share, mode="area")
        x = torch.where(soft, functional.interpolate(low, (view.side,) * 2, mode="bilinear"), x)
        x = (x + torch.randn(x.shape, generator=generator) * noise).clamp(0, 255)
        dropped = ((shown < ALONE) if number else (shown > 1 - ALONE / 2))[:, None, None, None]
        pictures.append(outside(x, inside & _cropped(edges, view.share, view.side) & ~dropped))
    return tuple(pictures)


def _cropped(edges: Tensor, share: float, side: int) -> Tensor:
    """bool (n, 1, side, side): inside edges (n, 4), left, top, right, bottom in box sides from the face's middle."""
    place = (torch.arange(side) + 0.5 - side / 2) / side * share
    across = (place >= -edges[:, :1]) & (place <= edges[:, 2:3])
    down = (place >= -edges[:, 1:2]) & (place <= edges[:, 3:])
    return (down[:, :, None] & across[:, None, :])[:, None]


def outside(x: Tensor, inside: Tensor) -> Tensor:
    """The value that the deployed code uses beyond the image's edges."""
    return torch.where(inside, x, torch.tensor(OUTSIDE, dtype=x.dtype)[:, None, None])


def middle(rooms: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Crop chips as the deployed code does."""
    pictures = []
    for view, room in zip(VIEWS, rooms, strict=True):
        margin = (room.shape[-1] - view.side) // 2
        chip = room[..., margin : margin + view.side, margin : margin + view.side]
        pictures.append(outside(chip[:, :3], chip[:, 3:] > 0))
    return tuple(pictures)
