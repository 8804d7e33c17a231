"""Image files without what surrounds their pixels, and with what decoding them costs.

Files carry previews, maps, texts, profiles and animations, and parsing those has cost libraries minutes and gigabytes:
one Exif directory of 2 MB may name its own megabyte 65,535 times. None of it is needed except the orientation, so it
is cut away here by lengths alone, before a decoder sees the file. What is left is what we keep of a face's image, too.
"""

from visage.errors import Reason, VisageError
from visage.media.formats import bmp, gif, jpeg, png, webp
from visage.media.formats.types import Essence

_MARKED = {"JPEG": jpeg.marked, "PNG": png.marked, "WEBP": webp.marked}


def essence(data: bytes) -> Essence:
    """VisageError(IMAGE_UNREADABLE) when `data` is of no accepted format, or its parts do not add up."""
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg.read(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return png.read(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return webp.read(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return gif.read(data)
    if data.startswith(b"BM"):
        return bmp.read(data)
    raise VisageError(Reason.IMAGE_UNREADABLE, "The image is not a PNG, JPEG, BMP, GIF or WEBP.")


def bare(data: bytes) -> tuple[bytes, str]:
    """The file `data` with its pixels as they are coded, its orientation and nothing else; and its content type.

    Raises VisageError(IMAGE_UNREADABLE).
    """
    source = essence(data)
    content = source.data if source.orientation == 1 else _MARKED[source.format](source.data, source.orientation)
    return content, f"image/{source.format.lower()}"
