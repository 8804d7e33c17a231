"""The actions that a person can be asked for."""

import random
from enum import Enum


class Action(Enum):
    """What a person is asked to do; the value is its name on the wire."""

    BLINK = "blink"
    """Both eyes close and open."""
    OPEN_MOUTH = "openMouth"
    SHAKE = "shake"
    """The head turns to either side."""
    NOD = "nod"
    """The head goes up and down, in either order."""


TURNS = frozenset({Action.SHAKE, Action.NOD})


def draw(count: int) -> tuple[Action, ...]:
    """So many different actions in an order that nobody can foresee, at least one of which turns the head.

    Since none comes twice, no sequence is right backwards; since the head turns, a photo cannot pass, whatever was cut
    out of it or put in.
    """
    while True:
        actions = tuple(random.SystemRandom().sample(list(Action), count))
        if TURNS.intersection(actions):
            return actions
