"""Pixels to facts: arrays in, frozen dataclasses out. Nothing here knows AWS or HTTP.

An image is everywhere `numpy.uint8 (height, width, 3)`, RGB, upright. Coordinates are pixels, x to the right and y
down, continuous: the pixel in column i covers [i, i + 1).

`faces.Photo` asks all of it of a file, for notebooks and programs of your own.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "Photo":
        raise AttributeError(f"module 'visage.faces' has no attribute {name!r}")
    from .photo import Photo  # when it is asked for: a function imports what its operation needs

    return Photo
