"""The guarded download: bytes from a public web server, and from nowhere else."""

import http.client
import ssl

from visage.errors import Reason, VisageError
from visage.media.connections import Deadline, Stream, connect
from visage.media.limits import Limits
from visage.media.urls import Url
from visage.stages import timed

_REDIRECTS = 3
_CHUNK = 64 * 1024


@timed("fetch")
def fetch(address: str, limits: Limits) -> bytes:
    """The body that a GET of the URL `address` answers, within the limits' bytes and seconds.

    Connections are guarded (`connections.connect`). At most 3 redirects, each looked at in the same way, from http to
    https but never back: who asked for a protected transfer gets one. No cookie is sent. Bodies are not decompressed.

    VisageError: IMAGE_ADDRESS, IMAGE_NOT_FOUND, IMAGE_TIMEOUT, IMAGE_TOO_LARGE, IMAGE_UNREADABLE where the server
    compressed it though nobody asked for that.
    """
    deadline = Deadline.after(limits.seconds)
    url = Url.parse(address)
    try:
        for _ in range(_REDIRECTS + 1):
            answer = _get(url, limits.bytes, deadline)
            if isinstance(answer, bytes):
                return answer
            if url.scheme == "https" and answer.scheme == "http":
                raise VisageError(Reason.IMAGE_ADDRESS, "The image URL redirects from https to http.")
            url = answer
    except TimeoutError as error:
        raise VisageError(Reason.IMAGE_TIMEOUT, f"The image did not arrive within {limits.seconds:g} s.") from error
    except ssl.SSLError as error:
        raise _not_found("The image's server offers no secure connection: check its certificate.") from error
    except (OSError, http.client.HTTPException) as error:
        raise _not_found("The image's server could not be read from.") from error
    raise _not_found(f"The image URL redirects more than {_REDIRECTS} times.")


def _get(url: Url, most: int, deadline: Deadline) -> bytes | Url:
    """The body, or where the server points to instead."""
    with connect(url, deadline) as connection:
        connection.settimeout(deadline.left())
        connection.sendall(
            f"GET {url.target} HTTP/1.1\r\n"
            f"Host: {url.authority}\r\n"
            "User-Agent: visage\r\n"
            "Accept: */*\r\n"
            "Accept-Encoding: identity\r\n"
            "Connection: close\r\n\r\n".encode("ascii")
        )
        with http.client.HTTPResponse(Stream(connection, deadline), method="GET") as response:
            response.begin()
            location = response.getheader("Location")
            if response.status in (301, 302, 303, 307, 308) and location is not None:
                return url.join(location)
            if response.status != 200:
                raise _not_found(f"The image's server answered with status {response.status}.")
            check_encoding(response.getheader("Content-Encoding"))
            try:
                return _body(response, most)
            except ValueError as error:  # a chunk of negative size
                raise _not_found("The image's server could not be read from.") from error


def check_encoding(encoding: str | None) -> None:
    """VisageError(IMAGE_UNREADABLE) for the Content-Encoding of what was compressed to be stored or sent."""
    if encoding and encoding.strip().lower() not in ("identity", "aws-chunked"):
        detail = "The image is stored or sent compressed, with a Content-Encoding: store the image file itself."
        raise VisageError(Reason.IMAGE_UNREADABLE, detail)


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    too_large = VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {most} bytes.")
    announced = response.length
    if announced is not None and announced > most:
        raise too_large
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > most:
            raise too_large
    if announced is not None and len(body) < announced:
        raise _not_found("The image's server hung up before the whole image had come.")
    return bytes(body)


def _not_found(detail: str) -> VisageError:
    return VisageError(Reason.IMAGE_NOT_FOUND, detail)
