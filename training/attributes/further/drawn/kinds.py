"""All that is drawn, by name, and what each split's network never sees."""

from .masks import MASKS
from .objects import OBJECTS
from .scene import Draw
from .things import THINGS
from .worn import headscarf, thin_glasses

KINDS: dict[str, Draw] = {each.__name__: each for each in (*OBJECTS, *THINGS)}
"""Objects that are no masks."""
WORN: dict[str, Draw] = {each.__name__: each for each in (*MASKS, thin_glasses, headscarf)}
MASKED = tuple(each.__name__ for each in MASKS)
LEFT_OUT = (
    ("phone", "hand", "head", "fist", "hair", "paper", "instrument"),
    ("cup", "forearm", "book", "bottle", "food", "cutting", "bouquet"),
    ("microphone", "scarf", "thing", "collar", "blob", "ball", "stick"),
)
"""The kinds that each split's network was trained without: what looks alike, together where that can be."""
