"""Web servers on loopback, for what fetches."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]
"""What a server does once it has read a request."""


@contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """A server that talks to one caller after the other until the block ends; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, talk), daemon=True).start()
        yield server.getsockname()[1]


def _serve(server: socket.socket, talk: Talk) -> None:
    while True:
        try:
            connection, _peer = server.accept()
        except OSError:
            return
        with connection:
            try:
                connection.settimeout(5)
                connection.recv(65536)
                talk(connection)
            except OSError:
                continue
