"""Simulates photos of people moved in front of a camera: flat, bent, or with holes for eyes and mouth; and cameras so
near that no edge of a screen or print is seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from demo.acting import Actor, Face
from demo.held_photos import bent, tilted
from visage.faces.detection.detect import detect_largest
from visage.faces.types import Box
from visage.liveness.actions import Action

_ANGLES = (0, 15, 30, 45, 20, 0, -20, -40, -55, -25, 0)
"""Degrees by which a photo turns to one side and then to the other."""
_BENDS = (80.0, 125.0, 190.0)
"""Arcs of bent photos, in degrees."""
NEAR = 1.3
"""Side of a picture that shows hardly more than the face, in sides of the face's box: little more than `unjudgeable`
asks for."""
_STILL = [Face()] * 3
_BLINK = [Face(lids=share) for share in (0.5, 1, 1, 0.3)]
_SPEAK = [Face(jaw=share) for share in (0.5, 1, 0.9, 0.4)]

Held = Callable[[np.ndarray, float], np.ndarray]
"""A photo held at an angle of a shake or nod."""


def holds() -> Mapping[tuple[str, Action], Held]:
    """The ways to hold a photo, by name and imitated turn."""
    ways: dict[tuple[str, Action], Held] = {
        ("flat photo", Action.SHAKE): lambda photo, angle: tilted(photo, angle, 0),
        ("flat photo", Action.NOD): lambda photo, angle: tilted(photo, 0, angle),
    }
    for arc, upright in product(_BENDS, (True, False)):
        turn = Action.SHAKE if upright else Action.NOD
        ways[f"photo bent round {arc:.0f} degrees", turn] = _bent(arc, upright)
    return ways


def _bent(arc: float, upright: bool) -> Held:
    return lambda photo, angle: bent(photo, arc, angle, upright)


def attacks(actor: Actor, turn: Action, held: Held) -> Iterator[tuple[str, tuple[Action, ...], list[np.ndarray]]]:
    """For an intact photo, and for one with a person behind its holes: its name, the actions that suit the attacker
    best, and the frames."""
    turned = [held(actor.posed(Face()), angle) for angle in _ANGLES]
    acted = [held(actor.posed(face), 0) for face in [*_STILL, *_BLINK, *_STILL, *_SPEAK, *_STILL]]
    yield "", (turn,), [*_filmed(actor, [held(actor.still, 0)] * 3 + turned)]
    yield ", holes for eyes and mouth", (Action.BLINK, Action.OPEN_MOUTH, turn), [*_filmed(actor, acted + turned)]


def _filmed(actor: Actor, pictures: list[np.ndarray]) -> Iterator[np.ndarray]:
    for number, picture in enumerate(pictures):
        yield actor.filmed(picture, (2 * np.sin(number), number % 3))


def near(picture: np.ndarray, box: Box, side: float) -> np.ndarray:
    """What a nearer camera sees of a picture (h, w, 3): at most `side` pixels square, around the middle of a box."""
    middles = zip(box.centre, picture.shape[1::-1], strict=True)
    left, top = (round(min(max(centre - side / 2, 0), max(length - side, 0))) for centre, length in middles)
    return picture[top : top + round(side), left : left + round(side)]


def approached(frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A recording as by a camera that follows the face from so near that it sees little else; frames without a face
    are left out."""
    found = [(frame, face.box) for frame in frames if (face := detect_largest(frame))]
    side = NEAR * float(np.median([box.side for _, box in found]))
    return [near(frame, box, side) for frame, box in found]
