"""Guarded connections: to public web servers, or those that the deployment allows, and to nowhere else."""

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
from visage.media.addresses import Address, is_allowed, is_port_allowed
from visage.media.urls import Url
from visage.settings import settings

_CHUNK = 64 * 1024
_LOOPBACK = ip_address("127.0.0.1"), ip_address("::1")


@dataclass(frozen=True, slots=True)
class Deadline:
    """When all of a conversation must be over."""

    at: float
    """By time.monotonic."""

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds; TimeoutError when there are none."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class Stream(io.RawIOBase):
    """What a connection receives, each read with what is left of the whole time, so that a slow drip ends too."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
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


_PRIVATE = (
    "The URL leads to an address or port that is not public: the deployment's parameter PrivateAddresses opens such."
)


def connect(url: Url, deadline: Deadline) -> socket.socket:
    """A connection to the server of `url`, by TLS where the URL says so.

    A name is resolved once, all its addresses must be allowed (`addresses.is_allowed`), and the connection goes to one
    of exactly those: a name server that answers differently the second time gains nothing. One private address among
    public ones refuses the whole name. Nothing of the environment is used, no proxy, no credential.

    VisageError: IMAGE_ADDRESS, IMAGE_NOT_FOUND for an unknown name. OSError, which TimeoutError and ssl.SSLError are.
    """
    addresses = _resolve(url.host, url.port, deadline)
    private = settings().private_addresses
    if not all(is_allowed(address, url.port, private) for address in addresses):
        raise VisageError(Reason.IMAGE_ADDRESS, _PRIVATE)
    connection = _connect_to_any(addresses, url.port, deadline)
    if url.scheme == "http":
        return connection
    try:
        connection.settimeout(deadline.left())
        return tls().wrap_socket(connection, server_hostname=url.host.removesuffix("."))
    except BaseException:
        connection.close()
        raise


def may_be_reached(url: Url) -> bool:
    """Whether `connect` can ever lead to the server of `url`, as far as the URL itself tells; no name is looked up."""
    private = settings().private_addresses
    if url.host.removesuffix(".").rpartition(".")[2].lower() == "localhost":
        return any(is_allowed(address, url.port, private) for address in _LOOPBACK)
    try:
        return is_allowed(ip_address(url.host), url.port, private)
    except ValueError:  # a name, which may lead anywhere
        return is_port_allowed(url.port, private)


def _connect_to_any(addresses: list[Address], port: int, deadline: Deadline) -> socket.socket:
    failure = OSError()
    for remaining, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        # One address that swallows packets must not use up the others' time.
        patience = deadline.left() / remaining
        try:
            return socket.create_connection((str(address), port), timeout=patience)
        except OSError as error:
            failure = error
    raise failure


def _resolve(host: str, port: int, deadline: Deadline) -> list[Address]:
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
        raise VisageError(Reason.IMAGE_NOT_FOUND, "The URL's host name is not known.") from answer
    return answer


@cache
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()
