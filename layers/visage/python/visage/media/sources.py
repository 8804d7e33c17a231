"""Where an image's bytes come from: a URL, the upload bucket, or the request itself."""

import binascii
import queue
import re
import string
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from visage.errors import Reason, VisageError
from visage.media import uploads
from visage.media.fetch import fetch
from visage.media.limits import Limits
from visage.media.urls import Url
from visage.settings import settings

_FORM = re.compile(r"(https?|oss|base64)://(.*)", re.IGNORECASE | re.DOTALL)
# CompareFaces writes oss://bucket:path, the content APIs oss://bucket/path and oss://bucket.endpoint/path.
_OBJECT = re.compile(r"([a-z0-9][a-z0-9.-]{2,254})(?::/?|/)(.+)", re.DOTALL)
_LONGEST_KEY = 1024
# Control characters, line separators, and lone surrogates, which no UTF-8 can hold.
_NOT_IN_KEYS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_AT_ONCE = 20
"""Images of one call that are fetched, or wait to be decoded, at the same time: 400 MB where each may have 20."""
_ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
_SPACE_TO_PLUS = bytes.maketrans(b" ", b"+")


def check_address(value: str) -> None:
    """VisageError(IMAGE_ADDRESS) when `value` has none of the accepted forms; nothing is opened for that.

    `http://` and `https://` URLs of at most 2048 characters; `oss://<bucket>:<path>`, `oss://<bucket>/<path>` and
    `oss://<bucket>.<endpoint>/<path>`; `base64://` and the standard alphabet. No file names, no `data:`. Blanks and
    line breaks around an address are not part of it.
    """
    scheme, rest = _split(value)
    if scheme == "base64":
        _digits(rest)
    elif scheme == "oss":
        _object(rest)
    else:
        Url.parse(value.strip())


def load(value: str, limits: Limits, library: str) -> bytes:
    """The bytes at the address `value`; whether they are an image is `decode`'s to say.

    An `oss://` address is read where its object belongs to `library`, and nothing else is asked about others.
    VisageError: IMAGE_ADDRESS, IMAGE_NOT_FOUND, IMAGE_TIMEOUT, IMAGE_TOO_LARGE, NOT_PERMITTED; its detail repeats
    nothing of `value`. Faults of the upload bucket stay botocore's own.
    """
    scheme, rest = _split(value)
    if scheme == "base64":
        digits = _digits(rest)
        if len(digits) * 3 // 4 > limits.bytes:
            raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {limits.bytes} bytes.")
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    if scheme == "oss":
        place, key = _object(rest)
        bucket = settings().upload_bucket
        # OSS's clients know the bucket by the front door's first label, which no function is told: its keys are ours.
        if place != bucket and not place.startswith(f"{bucket}.") and not key.startswith(f"{library}/uploads/"):
            raise _refused("An oss:// address must name the upload bucket.")
        return uploads.read(key, limits, library)
    return fetch(value.strip(), limits)


def load_all(values: Mapping[str, str], limits: Limits, library: str) -> dict[str, bytes]:
    """The images at the addresses `values`, fetched at the same time, under the same names.

    Raises as `load` does, for the first one in order; the detail begins with its name.
    """
    with ThreadPoolExecutor(max_workers=len(values), thread_name_prefix="load") as threads:
        pending = {name: threads.submit(load, value, limits, library) for name, value in values.items()}
    images = {}
    for name, future in pending.items():
        with naming(name):
            images[name] = future.result()
    return images


def load_each(
    values: Sequence[str], limits: Limits, library: str, until: float
) -> Iterator[tuple[int, bytes | VisageError]]:
    """Each image at the addresses `values` with its place among them, or why it is not there, in the order they come.

    Many are fetched at a time, each on its own. What has not come by `until` (time.monotonic) does not come.
    """
    arrived: queue.SimpleQueue[tuple[int, bytes | VisageError | Exception]] = queue.SimpleQueue()
    places, over = threading.Semaphore(_AT_ONCE), threading.Event()

    def fetch_one(index: int, value: str) -> None:
        places.acquire()
        if over.is_set():
            return
        try:
            arrived.put((index, load(value, limits, library)))
        except Exception as error:  # raised again where it is taken
            arrived.put((index, error))

    threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="load")
    try:
        for index, value in enumerate(values):
            threads.submit(fetch_one, index, value)
        for _ in values:
            try:
                index, content = arrived.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                return
            if isinstance(content, Exception) and not isinstance(content, VisageError):
                raise content
            yield index, content
            places.release()
    finally:
        over.set()
        places.release(_AT_ONCE)  # nobody is to wait for a place for ever
        threads.shutdown(wait=False, cancel_futures=True)  # what is under way ends by its own limit


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Lets the detail of a VisageError that leaves the block begin with the name of the image at fault."""
    try:
        yield
    except VisageError as error:
        raise VisageError(error.reason, f"{name}: {error.detail}") from error


def _split(value: str) -> tuple[str, str]:
    """Scheme in lower case, and what follows `://`."""
    form = _FORM.fullmatch(value.strip())
    if form is None:
        raise _refused("An image address begins with http://, https://, oss:// or base64://.")
    return form[1].lower(), form[2]


def _object(rest: str) -> tuple[str, str]:
    """Bucket, or bucket and endpoint; and the key."""
    parts = _OBJECT.fullmatch(rest)
    # Any other character may stand in a name: macOS writes U+202F into those of its screenshots.
    if parts is None or not is_key(parts[2]):
        raise _refused(f"An oss:// address is oss://<bucket>:<path>, the path of at most {_LONGEST_KEY} bytes.")
    return parts[1], parts[2]


def is_key(text: str) -> bool:
    """Whether an object of the upload bucket may have this name."""
    return bool(text) and not _NOT_IN_KEYS.search(text) and len(text.encode()) <= _LONGEST_KEY


def _digits(rest: str) -> bytes:
    """The Base64 digits, without padding.

    Three habits of clients are forgiven because they leave no doubt: line breaks (Android's and MIME's encoders),
    `+` that an unescaped form turned into spaces, and missing `=`. Any other character is refused, `-` and `_` too.
    """
    if not rest.isascii():
        raise _refused("The text after base64:// is not Base64.")
    digits = rest.encode().translate(_SPACE_TO_PLUS, b"\r\n")
    stripped = digits.rstrip(b"=")
    if not stripped or stripped.translate(None, _ALPHABET) or len(digits) - len(stripped) > 2 or len(stripped) % 4 == 1:
        raise _refused("The text after base64:// is not Base64 of the standard alphabet; it has no data: prefix.")
    return stripped


def _refused(detail: str) -> VisageError:
    return VisageError(Reason.IMAGE_ADDRESS, detail)
