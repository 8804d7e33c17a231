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
