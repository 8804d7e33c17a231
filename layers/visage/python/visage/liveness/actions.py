"""The actions that a liveness session may request."""

import random
from enum import Enum


class Action(Enum):
    """A requested action; the value is its name on the wire."""

    BLINK = "blink"
    """Both eyes close and open."""
    OPEN_MOUTH = "openMouth"
    SHAKE = "shake"
    """The head turns to both sides."""
    NOD = "nod"
    """The head goes up and down, in either order."""


TURNS = frozenset({Action.SHAKE, Action.NOD})


def draw(count: int) -> tuple[Action, ...]:
    """Draw this many different actions in unpredictable order; at least one turns the head.

    Since no action occurs twice, no sequence is valid backwards. Since the head turns, a photo cannot pass, whatever
    was cut out or inserted.
    """
    while True:
        actions = tuple(random.SystemRandom().sample(list(Action), count))
        if TURNS.intersection(actions):
            return actions
