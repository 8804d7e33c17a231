"""`python -m torture.attacks.rogues`: web servers that mean harm, in a process of their own.

They are not to take the time of those who fetch from them. Prints {name: port} as one line of JSON, and serves until
its standard input ends.
"""

import json
import socket
import struct
import sys
import time
from contextlib import ExitStack

from torture.attacks.web import Talk, serving

_OK = b"HTTP/1.1 200 OK\r\n"


def _for_ever(connection: socket.socket, piece: bytes, pause: float = 0.0) -> None:
    while True:
        connection.sendall(piece)
        if pause:
            time.sleep(pause)


def _say(*pieces: bytes) -> Talk:
    return lambda connection: [connection.sendall(piece) for piece in pieces] and None


def _reset(connection: socket.socket) -> None:
    connection.sendall(_OK + b"Content-Length: 100\r\n\r\nabc")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _and_then(first: bytes, piece: bytes, pause: float = 0.0) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        _for_ever(connection, piece, pause)

    return talk


SERVERS: dict[str, Talk] = {
    "says nothing": lambda _connection: time.sleep(10),
    "drips its status line": lambda connection: _for_ever(connection, b"H", 0.2),
    "drips headers": _and_then(_OK, b"X-A: b\r\n", 0.1),
    "drips a body": _and_then(_OK + b"Content-Length: 1000000\r\n\r\n", b"a", 0.1),
    "sends headers without end": _and_then(_OK, b"X-A: " + b"b" * 1000 + b"\r\n"),
    "sends one header without end": _and_then(_OK + b"X-A: ", b"b" * 65536),
    "sends a status line without end": lambda connection: _for_ever(connection, b"HTTP/1.1 200 " + b"O" * 65536),
    "sends a body without end": _and_then(_OK + b"\r\n", b"a" * 65536),
    "sends chunks without end": _and_then(
        _OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n"
    ),
    "sends empty interim answers without end": lambda connection: _for_ever(
        connection, b"HTTP/1.1 100 Continue\r\n\r\n"
    ),
    "announces more than it sends": _say(_OK + b"Content-Length: 1000\r\n\r\nabc"),
    "announces a terabyte": _say(_OK + b"Content-Length: 1000000000000\r\n\r\nabc"),
    "announces a negative length": _say(_OK + b"Content-Length: -5\r\n\r\nabc"),
    "announces two lengths": _say(_OK + b"Content-Length: 3\r\nContent-Length: 900\r\n\r\nabc"),
    "announces a length of a million digits": _say(_OK + b"Content-Length: " + b"9" * 60_000 + b"\r\n\r\nabc"),
    "sends a chunk of negative size": _say(_OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n"),
    "sends a chunk of 2^64": _say(_OK + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nabc\r\n"),
    "sends a chunk size without end": _and_then(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "sends trailers without end": _and_then(_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n"),
    "hangs up at once": lambda _connection: None,
    "hangs up by a reset": _reset,
    "sends zeros": lambda connection: _for_ever(connection, b"\0" * 65536),
    "speaks SMTP": _say(b"220 mail.test ESMTP\r\n"),
    "speaks HTTP/0.9": _say(b"<html>hello</html>"),
    "speaks HTTP/9": _say(b"HTTP/9.9 200 OK\r\n\r\nabc"),
    "redirects to itself": _say(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    "redirects to a place of a megabyte": _say(b"HTTP/1.1 302 Found\r\nLocation: /" + b"a" * 60_000 + b"\r\n\r\n"),
    "redirects to what is no address": _say(b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n"),
    "sends a bomb in gzip": _say(_OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08" + b"\0" * 1000),
    "answers 206": _say(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\nabc"),
    "answers 204": _say(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "answers 999": _say(b"HTTP/1.1 999 Odd\r\n\r\n"),
    "answers a status that is no number": _say(b"HTTP/1.1 two OK\r\n\r\n"),
    "splits its answer into bytes": lambda connection: [connection.sendall(bytes([each])) for each in _OK] and None,
}


def main() -> None:
    with ExitStack() as stack:
        print(json.dumps({name: stack.enter_context(serving(talk)) for name, talk in SERVERS.items()}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
