"""From addresses to pictures."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from visage.errors import VisageError
from visage.media.decode import Picture, decode
from visage.media.limits import Limits
from visage.media.sources import load_all, load_each, naming

Seen = TypeVar("Seen")


def open_pictures(addresses: Mapping[str, str], limits: Limits, library: str) -> list[Picture]:
    """The pictures at a library's named addresses, in order: fetched at the same time, decoded one after the other.

    Raises what `sources.load` and `decode.decode` raise; the detail begins with the address's name.
    """
    pictures = []
    for name, data in load_all(addresses, limits, library).items():
        with naming(name):
            pictures.append(decode(data, limits))  # not in threads: a decoder may take 400 MB
    return pictures


def see_each(
    addresses: Iterable[str], limits: Limits, library: str, until: float, see: Callable[[str, Picture], Seen]
) -> dict[str, Seen | VisageError]:
    """By address, what `see` makes of the address and its picture, or why there is nothing.

    Pictures are fetched at the same time and seen one after the other, as they come. One that has not come or not begun
    by `until` (time.monotonic) is left out.
    """
    unique = list(dict.fromkeys(addresses))
    seen: dict[str, Seen | VisageError] = {}
    for index, content in load_each(unique, limits, library, until):
        address = unique[index]
        if time.monotonic() >= until:
            break
        try:
            seen[address] = content if isinstance(content, VisageError) else see(address, decode(content, limits))
        except VisageError as error:
            seen[address] = error
    return seen
