"""Photos of people moved in front of a camera."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from demo.acting import Actor, Face

SHAKEN = [(angle, 0) for angle in (0, 15, 30, 45, 20, 0, -20, -40, -55, -25, 0)]
"""Yaw and pitch, in degrees, of a photo that is turned to one side and then to the other."""


def tilted(picture: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    """A tilted photo: its plane rotated in space and seen from one and a half times its width."""
    height, width = picture.shape[:2]
    turn, nod = np.radians([yaw, pitch])
    corners = np.array([[-0.5, -0.375, 0], [0.5, -0.375, 0], [0.5, 0.375, 0], [-0.5, 0.375, 0]])
    about_y = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(nod), -np.sin(nod)], [0, np.sin(nod), np.cos(nod)]])
    seen = corners @ (about_y @ about_x).T
    seen = seen[:, :2] / (1 + seen[:, 2:] / 1.5) * width + [width / 2, height / 2]
    flat = corners[:, :2] * width + [width / 2, height / 2]
    rows, wanted = [], []
    for (u, v), (x, y) in zip(flat, seen, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    matrix = np.linalg.solve(np.array(rows), np.array(wanted))
    image = Image.fromarray(picture).transform(
        (width, height), Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BICUBIC
    )
    return np.asarray(image)


def in_hand(
    actor: Actor, turns: Sequence[tuple[float, float]], faces: Sequence[Face] | None = None
) -> list[np.ndarray]:
    """Frames of a photo held at each of the angles, with eyes and mouth as in `faces`."""
    faces = faces or [Face()] * len(turns)
    pictures = zip(turns, faces, strict=True)
    return [
        actor.filmed(tilted(actor.posed(face), *angles), (2 * np.sin(number), number % 3))
        for number, (angles, face) in enumerate(pictures)
    ]


def bent(picture: np.ndarray, angle: float, yaw: float, upright: bool = True) -> np.ndarray:
    """A photo bent round an upright cylinder (or a level one) and turned about its axis, seen from afar.

    The middle half of the picture is the photo; `angle` is the arc that it covers and `yaw` its turn, in degrees.
    """
    if not upright:
        return bent(picture.transpose(1, 0, 2), angle, yaw).transpose(1, 0, 2)
    width = picture.shape[1]
    wide, arc, turn = width / 2, np.radians(angle), np.radians(yaw)
    places = np.linspace(-0.5, 0.5, 4 * width)
    radius = wide / arc
    # The arc is turned about the middle of its chord, so the face stays where it is held.
    depth = radius * (np.cos(arc * places) - np.cos(arc / 2) / 2 - 0.5)
    across = radius * np.sin(arc * places) * np.cos(turn) + depth * np.sin(turn)
    visible = np.gradient(across) > 0
    seen = np.arange(width) + 0.5 - width / 2
    source = np.interp(seen, across[visible], places[visible] * wide + width / 2, left=-1, right=-1)
    columns = picture[:, np.clip(source.round().astype(int), 0, width - 1)]
    return np.where((source >= 0)[None, :, None], columns, np.uint8(90))
