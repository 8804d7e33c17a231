"""From addresses to pictures."""

from collections.abc import Mapping

from visage.media.decode import Picture, decode
from visage.media.limits import Limits
from visage.media.sources import load_all, naming


def open_pictures(addresses: Mapping[str, str], limits: Limits) -> list[Picture]:
    """The pictures at named addresses, in order: fetched at the same time, decoded one after the other.

    Raises what `sources.load` and `decode.decode` raise; the detail begins with the address's name.
    """
    pictures = []
    for name, data in load_all(addresses, limits).items():
        with naming(name):
            pictures.append(decode(data, limits))  # not in threads: a decoder may take 400 MB
    return pictures
