"""Forms, as clients percent-encode and sign them.

Whoever knows the address can send 6 MB of anything, so each step takes one pass over the text in C, whatever it holds:
a call of Python for every escape or reserved character would take seconds.
"""

import binascii
from collections.abc import Iterator
from itertools import chain
from urllib.parse import unquote_to_bytes

from visage.errors import Reason, VisageError

Pairs = tuple[tuple[str, str], ...]

_MOST_FIELDS = 100
_MOST_ODD = 10_000
"""How many malformed escapes, and equals signs within values, are tolerated."""
_MOST_SELDOM = 65_536
"""Reserved characters of one value besides those of images in base64, with their line breaks."""
_MOST_ESCAPED = 10 * 2**20
"""Bytes of a value whose escapes are escaped again: as long as it gets from the 6 MB of a form that escapes what it
must. A form of nothing but bare slashes would be 30 MB."""
_TO_SPACES, _TO_QUOTED = bytes.maketrans(b"+", b" "), bytes.maketrans(b"+%", b" =")
_OFTEN = b"+/= \r\n"
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_COMMON = _UNRESERVED + _OFTEN + b"%"
_SELDOM_TO_ZEROS = bytes(byte if byte in _COMMON else 0 for byte in range(256))


def fields(body: bytes) -> Pairs:
    """The fields of a form, in order. Raises VisageError(BODY_MALFORMED): too many, or no text in UTF-8."""
    try:
        return tuple((_text(name), _text(value)) for name, value in _parts(body))
    except UnicodeDecodeError:
        raise _malformed() from None


def first(body: bytes, wanted: str) -> str:
    """The first field of this name, or ""; others are not decoded. Raises as `fields` does."""
    try:
        for name, value in _parts(body):
            if len(name) <= 3 * len(wanted) and _text(name) == wanted:
                return _text(value)
    except UnicodeDecodeError:
        raise _malformed() from None
    return ""


def encode(text: str, mark: bytes = b"%") -> bytes:
    """RFC 3986: all but `A-Za-z0-9-_.~` as an escape that begins with `mark`.

    Raises VisageError(BODY_MALFORMED) for more reserved characters than an image's address has.
    """
    data = text.encode()
    reserved = len(data.translate(None, _UNRESERVED))
    if not reserved:
        return data
    seldom = data.translate(None, _COMMON)
    if len(seldom) > _MOST_SELDOM or len(data) + reserved * (len(mark) + 1) > _MOST_ESCAPED:
        raise _malformed()
    parts = data.translate(_SELDOM_TO_ZEROS).split(b"\0") if seldom else [data]
    if b"%" in data:
        parts = [part.replace(b"%", mark + b"25") for part in parts]
    escapes = [mark + b"%02X" % byte for byte in seldom]
    data = b"".join(chain.from_iterable(zip(parts, [*escapes, b""], strict=True)))
    for byte in _OFTEN:
        data = data.replace(bytes((byte,)), mark + b"%02X" % byte)
    return data


def _parts(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    if body.count(b"&") >= _MOST_FIELDS:
        raise _malformed()
    for part in body.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            yield name, value


def _text(coded: bytes) -> str:
    """Decode percent escapes; malformed ones stay unchanged."""
    escapes, equals = coded.count(b"%"), coded.count(b"=")
    if not escapes:
        return coded.translate(_TO_SPACES).decode()
    if equals <= _MOST_ODD:
        # Quoted-printable text differs only in its mark, and a mark at a line's end joins the lines.
        quoted = (coded.replace(b"=", b"=3D") if equals else coded).translate(_TO_QUOTED)
        decoded = binascii.a2b_qp(quoted)
        if len(decoded) == len(coded) - 2 * escapes and not _has_soft_breaks(quoted):
            return decoded.decode()
    if escapes > _MOST_ODD:
        raise _malformed()
    return unquote_to_bytes(coded.translate(_TO_SPACES)).decode()


def _has_soft_breaks(quoted: bytes) -> bool:
    breaks = b"\n" in quoted or b"\r" in quoted  # one character is found faster than two
    return breaks and (b"=\n" in quoted or b"=\r" in quoted)


def _malformed() -> VisageError:
    return VisageError(Reason.BODY_MALFORMED, f"The body must be a UTF-8 form of at most {_MOST_FIELDS} fields.")
