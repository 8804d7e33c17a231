"""Bytes to pixels: limits first, then one upright RGB picture, whatever the file was."""

import io
import logging
from dataclasses import dataclass

import numpy as np
from PIL import Image, WebPImagePlugin  # noqa: F401  (Pillow would look for the WebP plugin among all its others)

from visage.errors import Reason, VisageError
from visage.media.containers import Essence, essence
from visage.media.limits import Limits

# Pillow's own limit is one for the whole process, and it warns on stderr from half of it on. Ours are checked as early:
# between the header and the decoding.
Image.MAX_IMAGE_PIXELS = None
# At level DEBUG Pillow logs parts of files.
logging.getLogger("PIL").setLevel(logging.ERROR)

_GIF_PIXELS = 4_194_304
# A decoder's memory. With 1 GiB for the process, half of it goes to networks, libraries and the reduced pictures.
_MEMORY = 400_000_000
# Bytes that one pixel takes in Pillow, by mode; 4 in all others.
_DEPTH = {"1": 1, "L": 1, "P": 1, "I;16": 2}
# Some decoders copy: WebP's holds two canvases and its answer beside Pillow's (15.4 measured), BMP's, when it expands
# runs, two more of one byte (2.9 measured).
_LEAST_DEPTH = {"WEBP": 16, "BMP": 3}
# Pixels times scans of a progressive JPEG: a second and a half of decoding.
_SCANNED_PIXELS = 2_500_000_000
_STRIP = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded image, upright."""

    pixels: np.ndarray
    """uint8 (H, W, 3), RGB; reduced when the original is much larger than the working side."""
    width: int
    """Of the upright original, like `height`: `pixels` are a picture of the same extent, width / W times smaller."""
    height: int


def decode(data: bytes, limits: Limits) -> Picture:
    """The first frame of a PNG, JPEG, BMP, GIF or WEBP file, told by its bytes; a truncated file is refused.

    Upright by its Exif orientation. Transparent pixels lie on white, as the portraits that are cut out are shown and
    printed; what a file holds beneath them is arbitrary, often black. 16-bit channels keep their upper half. Colour
    profiles are ignored: networks trained without them lose little, and one parser of hostile data less is run.

    VisageError: IMAGE_TOO_LARGE, IMAGE_UNREADABLE. Takes at most about 400 MB beside `data`, and under 3 s.
    """
    if len(data) > limits.bytes:
        raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {limits.bytes} bytes.")
    source = essence(data)
    image, (width, height) = _load(source, limits)
    pixels = _upright(_reduced(image, limits.working_side), source.orientation)
    if source.orientation > 4:
        width, height = height, width
    return Picture(pixels, width, height)


def _load(source: Essence, limits: Limits) -> tuple[Image.Image, tuple[int, int]]:
    """The decoded image, a JPEG perhaps reduced already, and the size of the original."""
    try:
        image = Image.open(io.BytesIO(source.data), formats=[source.format])
        size = image.size
        _check_size(source.format, *size, limits)
        scale = max(size) // limits.working_side
        if scale > 1:
            image.draft(None, (max(1, size[0] // scale), max(1, size[1] // scale)))
        _check_effort(source, image, size)
        image.load()
    except VisageError:
        raise
    # Whatever a parser happens to raise: SyntaxError, struct.error, IndexError, MemoryError and more have been seen.
    except Exception as error:
        raise VisageError(Reason.IMAGE_UNREADABLE, f"The {source.format} image is truncated or damaged.") from error
    return image, size


def _check_size(kind: str, width: int, height: int, limits: Limits) -> None:
    most = min(limits.pixels, _GIF_PIXELS) if kind == "GIF" else limits.pixels
    if width < 1 or height < 1:
        raise VisageError(Reason.IMAGE_UNREADABLE, "The image has no pixels.")
    if max(width, height) > limits.side:
        raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image's longer side has more than {limits.side} pixels.")
    if width * height > most:
        raise _too_many_pixels(most)


def _check_effort(source: Essence, image: Image.Image, size: tuple[int, int]) -> None:
    pixels = size[0] * size[1]
    depth = max(_DEPTH.get(image.mode, 4), _LEAST_DEPTH.get(source.format, 0))
    memory = image.size[0] * image.size[1] * depth
    scanned = 0
    if source.format == "JPEG" and (source.scans > 1 or "progressive" in image.info):
        memory += _coefficients(pixels, [(across, down) for _, across, down, _ in image.layer]) * 2
        scanned = source.scans * pixels
    if memory > _MEMORY or scanned > _SCANNED_PIXELS:
        raise VisageError(
            Reason.IMAGE_TOO_LARGE, f"A {source.format} image of {pixels} pixels takes too much memory to decode."
        )


def _coefficients(pixels: int, samplings: list[tuple[int, int]]) -> int:
    """How many a JPEG has: one for each sample of each component."""
    finest = max(across for across, _ in samplings) * max(down for _, down in samplings)
    return sum(pixels * across * down // max(1, finest) for across, down in samplings)


def _reduced(image: Image.Image, working_side: int) -> np.ndarray:
    """uint8 (H, W, 3): RGB, averaged over squares as large as the working side allows."""
    factor = max(1, max(image.size) // working_side)
    width, height = image.size
    pixels = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    # In strips, because a large image beside its converted copy would double the memory.
    rows = max(1, _STRIP // (width * factor)) * factor
    for top in range(0, height, rows):
        strip = _rgb(image.crop((0, top, width, min(height, top + rows))), factor)
        pixels[top // factor : top // factor + strip.height] = strip
    return pixels


def _rgb(image: Image.Image, factor: int) -> Image.Image:
    if image.mode == "I;16":
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.has_transparency_data:
        opaque = Image.new("RGB", image.size, "white")
        image = image.convert("RGBA")
        opaque.paste(image, mask=image.getchannel("A"))
        image = opaque
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    if factor > 1:
        image = image.reduce(factor)
    return image if image.mode == "RGB" else image.convert("RGB")


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """`pixels` turned as the Exif orientation says (Exif 2.32, tag 0x0112): where row 0 and column 0 belong."""
    if orientation > 4:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _too_many_pixels(most: int) -> VisageError:
    return VisageError(Reason.IMAGE_TOO_LARGE, f"The image has more than {most} pixels.")
