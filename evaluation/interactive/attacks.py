"""Simulates photos of people moved in front of a camera: flat, bent, or with holes for eyes and mouth."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import numpy as np

from demo.acting import Actor, Face
from demo.held_photos import bent, tilted
from visage.liveness.actions import Action

_ANGLES = (0, 15, 30, 45, 20, 0, -20, -40, -55, -25, 0)
"""Degrees by which a photo turns to one side and then to the other."""
_BENDS = (80.0, 125.0, 190.0)
"""Arcs of bent photos, in degrees."""
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
