"""Addresses that lead where nobody may be sent: as images and as callbacks, none may be reached."""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from unittest import mock

from torture.attacks.web import serving
from torture.rows import Row
from torture.targets.deployment import deployed

INSIDE = ("127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "100.100.100.200", "0.0.0.0")
SCHEMES = (
    *(
        "file:///etc/passwd",
        "ftp://{}/a",
        "gopher://{}:70/_a",
        "dict://{}:11211/stats",
        "ldap://{}/a",
        "data:image/png,a",
    ),
    *(
        "jar:http://{}!/a",
        "netdoc:///etc/passwd",
        "//{}/a",
        "http:/{}/a",
        "http:{}",
        "///{}/a",
        "javascript:a",
        "blob:{}",
    ),
)


def forms(address: str) -> Iterator[str]:
    """URLs that some client or other takes for this IPv4 address."""
    a, b, c, d = map(int, address.split("."))
    whole = (a << 24) | (b << 16) | (c << 8) | d
    hosts = [
        *(address, f"{address}.", f"{whole}", f"0x{whole:08x}", f"0{whole:o}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        *(f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a}.{(b << 16) | (c << 8) | d}", f"{a}.{b}.{(c << 8) | d}"),
        *(f"[::ffff:{address}]", f"[::{address}]", f"[64:ff9b::{address}]", f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]"),
        *(f"[::ffff:0:{address}]", f"[2001:db8::5efe:{a:02x}{b:02x}:{c:02x}{d:02x}]", "[::1]", "[::]"),
        "[fe80::1%25eth0]",
        *(f"user@{address}", f"public.test@{address}", f"{address}#@public.test", f"{address}%2f@public.test"),
        *(f"{address}\\@public.test", f"public.test\\@{address}", f"{address}\t", f"{address}%00.public.test"),
        "".join(chr(0xFF10 + int(each)) if each.isdigit() else each for each in address),
        "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(each)] if each.isdigit() else each for each in address),
        address.replace(".", "。"),
        *(f"{address}.inside.test", "inside.test", "INSIDE.TEST.", "mixed.test", "rebound.test", "mapped.test"),
    ]  # fmt: skip
    for host in hosts:
        yield f"http://{host}/a"
    yield f"https://{address}/a"
    yield f"http://{address}:22/a"


def run(seed: int, seconds: float) -> list[Row]:
    with deployed(), _watched() as reached, _web() as (port, canary):
        allow = f"127.0.0.1:{port}"
        addresses = sorted({form for address in INSIDE for form in forms(address)})
        addresses += [scheme.replace("{}", "127.0.0.1") for scheme in SCHEMES]
        at_canary = [
            f"http://{host}:{canary[0]}/a"
            for host in (
                "127.0.0.1",
                "localhost",
                "[::1]",
                "2130706433",
                "0x7f.1",
                "127.1",
                "inside.test",
                "[::ffff:127.0.0.1]",
            )
        ]
        addresses += at_canary
        random.Random(seed).shuffle(addresses)
        rows = []
        for what, call in (("images", _image), ("callbacks", _callback)):
            row = Row(f"hostile addresses of {what}", 0, figure="reached, or not refused")
            for address in addresses:
                _try(row, call, address, reached, canary)
            rows.append(row)
        row = Row("redirects to hostile addresses, from an allowed server", 0, figure="reached, or not refused")
        os.environ["VISAGE_PRIVATE_ADDRESSES"] = allow
        _forget()
        for address in addresses:
            _Web.location = address
            _try(row, _image, f"http://127.0.0.1:{port}/", reached, canary, allowed=("127.0.0.1", port))
        os.environ.pop("VISAGE_PRIVATE_ADDRESSES")
        _forget()
        return [*rows, row]


def _try(
    row: Row,
    call: Any,
    address: str,
    reached: list[tuple[str, int]],
    canary: list[int],
    allowed: tuple[str, int] | None = None,
) -> None:
    from visage.errors import VisageError

    reached.clear()
    row.tried += 1
    try:
        call(address)
        refused = False
    except VisageError:
        refused = True
    except Exception as error:
        row.blame(f"{address!r}: {type(error).__name__}: {error}")
        return
    inside = [place for place in reached if place != allowed]
    if inside or not refused or canary[1]:
        row.blame(f"{address!r} was {'refused' if refused else 'taken'}, and {inside} reached, canary {canary[1]}")
        canary[1] = 0


def _image(address: str) -> None:
    from visage.media.limits import GREEN
    from visage.media.sources import load

    load(address, GREEN, "torture")


def _callback(address: str) -> None:
    from visage.errors import Reason, VisageError
    from visage.media.connections import may_be_reached
    from visage.media.push import push
    from visage.media.urls import Url

    if not may_be_reached(Url.parse(address)):
        raise VisageError(Reason.IMAGE_ADDRESS)
    if push(address, {"content": "{}"}, 1) == 200:
        return
    raise VisageError(Reason.IMAGE_NOT_FOUND)


def _forget() -> None:
    from visage.settings import settings

    settings.cache_clear()


@contextmanager
def _watched() -> Iterator[list[tuple[str, int]]]:
    """Names resolve as this module says, and connections to what is not public are noted and made; others fail."""
    from visage.media.addresses import is_public

    reached: list[tuple[str, int]] = []
    connect, look_up, asked = socket.socket.connect, socket.getaddrinfo, [0]
    known = {
        "inside.test": ["127.0.0.1"], "mixed.test": ["93.184.216.34", "127.0.0.1"], "localhost": ["127.0.0.1"],
        "mapped.test": ["::ffff:127.0.0.1"],
    }  # fmt: skip

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        name = str(host).lower().rstrip(".")
        if name == "rebound.test":
            asked[0] += 1
            addresses = ["127.0.0.1"] if asked[0] % 2 == 0 else ["93.184.216.34"]
        elif name.endswith((".inside.test", ".test")):
            addresses = known.get(name, ["127.0.0.1"] if name.endswith("inside.test") else [])
        else:
            addresses = known.get(name, [])
        if not addresses:
            return look_up(host, port, *rest, **{**more, "flags": socket.AI_NUMERICHOST})
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    def note(self: socket.socket, place: Any) -> None:
        if isinstance(place, tuple):
            if is_public(ip_address(place[0].partition("%")[0])):
                raise OSError("nothing leaves this machine")
            reached.append((place[0], place[1]))
        connect(self, place)

    with mock.patch.object(socket.socket, "connect", note), mock.patch.object(socket, "getaddrinfo", resolve):
        yield reached


class _Web:
    """Where the allowed server redirects to."""

    location = ""


@contextmanager
def _web() -> Iterator[tuple[int, list[int]]]:
    """An allowed server that redirects, and a canary: its port, and how often somebody came."""
    state = [0, 0]

    def redirect(connection: socket.socket) -> None:
        location = _Web.location.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"")
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")

    def betray(connection: socket.socket) -> None:
        state[1] += 1
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    with serving(redirect) as redirecting, serving(betray) as state[0]:
        yield redirecting, state
