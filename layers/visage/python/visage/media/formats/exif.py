"""The one thing of Exif that matters: which way is up."""

import struct

_ORIENTATION = 0x0112
_TAGS = 500
# Exif 2.32 says SHORT; some phones and editors write BYTE or LONG.
_VALUES = {1: "B", 3: "H", 4: "I"}


def orientation(exif: bytes) -> int:
    """The orientation, 1 to 8, in an Exif block with or without its "Exif" prefix; 1 where none can be read."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (tags,) = struct.unpack_from(f"{order}H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * min(tags, _TAGS), 12):
            tag, kind, count = struct.unpack_from(f"{order}HHI", tiff, entry)
            if tag == _ORIENTATION and count == 1 and kind in _VALUES:
                (value,) = struct.unpack_from(order + _VALUES[kind], tiff, entry + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def exif(orientation: int) -> bytes:
    """An Exif block, without its prefix, that says the orientation and nothing else."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
