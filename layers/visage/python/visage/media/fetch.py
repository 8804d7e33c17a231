"""The guarded download: bytes from a public web server, and from nowhere else."""

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any

from visage.errors import Reason, VisageError
from visage.media.addresses import Address, is_allowed
from visage.media.limits import Limits
from visage.media.urls import Url
from visage.settings import settings

_REDIRECTS = 3
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Deadline:
    at: float

    def left(self) -> float:
        """Seconds; TimeoutError when there are none."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class _Stream(io.RawIOBase):
    """What a connection receives, each read with what is left of the whole time, so that a slow drip ends too."""

    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """What `http.client` asks a socket for."""
        return io.BufferedReader(self, _CHUNK)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.left())
        return self._connection.recv_into(buffer)


def fetch(address: str, limits: Limits) -> bytes:
    """The body that a GET of the URL `address` answers, within the limits' bytes and seconds.

    A name is resolved once, all its addresses must be allowed (`addresses.is_allowed`), and the connection goes to one
    of exactly those: a name server that answers differently the second time gains nothing. One private address among
    public ones refuses the whole name, since no photo is published so. At most 3 redirects, each looked at in the same
    way, from http to https but never back: who asked for a protected transfer gets one. Nothing of the environment is
    used, no proxy, no cookie, no credential. Bodies are not decompressed.

    VisageError: IMAGE_ADDRESS, IMAGE_NOT_FOUND, IMAGE_TIMEOUT, IMAGE_TOO_LARGE.
    """
    deadline = _Deadline(time.monotonic() + limits.seconds)
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


def _get(url: Url, most: int, deadline: _Deadline) -> bytes | Url:
    """The body, or where the server points to instead."""
    with _connect(url, deadline) as connection:
        connection.settimeout(deadline.left())
        connection.sendall(
            f"GET {url.target} HTTP/1.1\r\n"
            f"Host: {url.authority}\r\n"
            "User-Agent: visage\r\n"
            "Accept: */*\r\n"
            "Accept-Encoding: identity\r\n"
            "Connection: close\r\n\r\n".encode("ascii")
        )
        with http.client.HTTPResponse(_Stream(connection, deadline), method="GET") as response:
            response.begin()
            location = response.getheader("Location")
            if response.status in (301, 302, 303, 307, 308) and location is not None:
                return url.join(location)
            if response.status != 200:
                raise _not_found(f"The image's server answered with status {response.status}.")
            try:
                return _body(response, most)
            except ValueError as error:  # a chunk of negative size
                raise _not_found("The image's server could not be read from.") from error


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


def _connect(url: Url, deadline: _Deadline) -> socket.socket:
    addresses = _resolve(url.host, url.port, deadline)
    private = settings().private_addresses
    if not all(is_allowed(address, url.port, private) for address in addresses):
        raise VisageError(Reason.IMAGE_ADDRESS, "The image URL leads to an address or port that is not public.")
    connection = _connect_to_any(addresses, url.port, deadline)
    if url.scheme == "http":
        return connection
    try:
        connection.settimeout(deadline.left())
        return _tls().wrap_socket(connection, server_hostname=url.host.removesuffix("."))
    except BaseException:
        connection.close()
        raise


def _connect_to_any(addresses: list[Address], port: int, deadline: _Deadline) -> socket.socket:
    failure = OSError()
    for remaining, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        # One address that swallows packets must not use up the others' time.
        patience = deadline.left() / remaining
        try:
            return socket.create_connection((str(address), port), timeout=patience)
        except OSError as error:
            failure = error
    raise failure


def _resolve(host: str, port: int, deadline: _Deadline) -> list[Address]:
    """All addresses of `host`, each once, in the resolver's order."""
    answers: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(ip_address(entry[4][0]) for entry in entries)))
        except (OSError, ValueError) as error:
            answers.put(error)

    # The system's resolver takes no time limit; a thread that it holds back can only be left behind.
    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty as error:
        raise TimeoutError from error
    if isinstance(answer, Exception):
        raise _not_found("The image URL's host name is not known.") from answer
    return answer


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _not_found(detail: str) -> VisageError:
    return VisageError(Reason.IMAGE_NOT_FOUND, detail)
