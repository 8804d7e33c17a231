"""Bytes to pixels: limits first, then one upright RGB picture, whatever the file was."""

import io
import logging
from dataclasses import dataclass

import numpy as np
from PIL import Image, WebPImagePlugin  # noqa: F401  (Pillow would look for the WebP plugin among all its others)

from visage.errors import Reason, VisageError
from visage.media.formats.bmp import unpacked
from visage.media.formats.essence import essence
from visage.media.formats.types import Essence, broken
from visage.media.limits import Limits
from visage.stages import timed

# Pillow's own limit is one for the whole process, and it warns on stderr from half of it on. Ours are checked as early:
# between the header and the decoding.
Image.MAX_IMAGE_PIXELS = None
# At level DEBUG Pillow logs parts of files.
logging.getLogger("PIL").setLevel(logging.ERROR)

_GIF_PIXELS = 4_194_304
_MEMORY = 530_000_000
"""Bytes, of the file's copies, the decoder and its picture: 512 MiB, and a little of it to spare."""
_STRIP = 4_000_000
_CODED = bytes.fromhex("5ac3964db27869d21ea53c87e15a2d96b44b") * 4
_NOT_THE_END = _CODED + b"".join(bytes((0xFF, 0xD0 + number)) + _CODED for number in range(8))
"""Coded pixels of no meaning, also where they may only go on after a restart marker."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded image, upright."""

    pixels: np.ndarray
    """uint8 (H, W, 3), RGB; reduced when the original is much larger than the working side."""
    width: int
    """Of the upright original, like `height`: `pixels` are a picture of the same extent, width / W times smaller."""
    height: int


@timed("decode")
def decode(data: bytes, limits: Limits) -> Picture:
    """The first frame of a PNG, JPEG, BMP, GIF or WEBP file, told by its bytes; a truncated file is refused.

    Upright by its Exif orientation. Transparent pixels lie on white, as the portraits that are cut out are shown and
    printed; what a file holds beneath them is arbitrary, often black. 16-bit channels keep their upper half. Colour
    profiles are ignored: networks trained without them lose little, and one parser of hostile data less is run.

    VisageError: IMAGE_UNREADABLE; IMAGE_TOO_LARGE also for an image that may take longer than the limits' seconds of
    one core or more than 512 MiB, as its header tells, with half as much time again to spare.
    """
    if len(data) > limits.bytes:
        raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {limits.bytes} bytes.")
    source = essence(data)
    _check_size(source, limits)
    _check_effort(source, limits)
    pixels = _pixels(source, unpacked(source.data) if source.format == "BMP" else source.data, limits)
    if not source.whole:
        _check_end(source, pixels, limits)
    width, height = source.width, source.height
    if source.orientation > 4:
        width, height = height, width
    return Picture(_upright(pixels, source.orientation), width, height)


def _check_size(source: Essence, limits: Limits) -> None:
    most = min(limits.pixels, _GIF_PIXELS) if source.format == "GIF" else limits.pixels
    if source.width < 1 or source.height < 1:
        raise VisageError(Reason.IMAGE_UNREADABLE, "The image has no pixels.")
    if max(source.width, source.height) > limits.side:
        raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image's longer side has more than {limits.side} pixels.")
    if source.width * source.height > most:
        raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image has more than {most} pixels.")


def _check_effort(source: Essence, limits: Limits) -> None:
    scale = _draft_scale(source, limits)
    memory = source.width * source.height // scale**2 * source.depth + source.workspace + 2 * len(source.data)
    if source.nanoseconds > limits.decoding * 1e9 or memory > _MEMORY:
        what = f"A {source.format} image of this kind and of {source.width} x {source.height} pixels"
        raise VisageError(Reason.IMAGE_TOO_LARGE, f"{what} takes too much time or memory to decode.")


def _draft_scale(source: Essence, limits: Limits) -> int:
    """By how much a JPEG is reduced while it is decoded: as much as the working side allows, at most 8."""
    if source.format != "JPEG":
        return 1
    return max(scale for scale in (1, 2, 4, 8) if scale <= max(1, _factor(source.width, source.height, limits)))


def _factor(width: int, height: int, limits: Limits) -> int:
    return max(1, max(width, height) // limits.working_side)


def _pixels(source: Essence, data: bytes, limits: Limits) -> np.ndarray:
    """uint8 (H, W, 3): RGB as stored, reduced."""
    try:
        image = Image.open(io.BytesIO(data), formats=[source.format])
        if image.size != (source.width, source.height):
            broken(source.format)
        scale = _draft_scale(source, limits)
        if scale > 1:
            image.draft(None, (source.width // scale, source.height // scale))
        image.load()
        if source.format == "BMP" and image.mode == "RGBA" and image.getextrema()[3][1] == 0:
            image = image.convert("RGB")  # 32 bits by masks, of which nobody wrote the last 8
        return _reduced(image, limits)
    except VisageError:
        raise
    # Whatever a parser happens to raise: SyntaxError, struct.error, IndexError, MemoryError and more have been seen.
    except Exception as error:
        raise VisageError(Reason.IMAGE_UNREADABLE, f"The {source.format} image is truncated or damaged.") from error


def _check_end(source: Essence, pixels: np.ndarray, limits: Limits) -> None:
    """A JPEG without its end mark has all its pixels if none of them changes with what comes next."""
    longer = source.data[:-2] + _NOT_THE_END + source.data[-2:]
    if not np.array_equal(pixels, _pixels(source, longer, limits)):
        broken(source.format)


def _reduced(image: Image.Image, limits: Limits) -> np.ndarray:
    """uint8 (H, W, 3): RGB, averaged over squares as large as the working side allows."""
    width, height = image.size
    factor = _factor(width, height, limits)
    if factor == 1 and image.mode == "RGB" and not image.has_transparency_data:
        return np.asarray(image)
    pixels = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    # In strips, because a large image beside its converted copy would double the memory.
    rows = max(1, _STRIP // (width * factor)) * factor
    for top in range(0, height, rows):
        strip = _rgb(image.crop((0, top, width, min(height, top + rows))), factor)
        pixels[top // factor : top // factor + len(strip)] = strip
    return pixels


def _rgb(image: Image.Image, factor: int) -> np.ndarray:
    """uint8 (H, W, 3)."""
    if image.mode == "I;16":
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.has_transparency_data:
        over = np.asarray(image.convert("RGBA").convert("RGBa").reduce(factor))
        return over[..., :3] + (255 - over[..., 3:])
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return np.asarray(image.reduce(factor).convert("RGB"))


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """`pixels` turned as the Exif orientation says (Exif 2.32, tag 0x0112): where row 0 and column 0 belong."""
    if orientation > 4:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
