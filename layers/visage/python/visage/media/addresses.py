"""Which network addresses an image may come from."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# IANA's special-purpose registries, kept as a table of our own: what `ipaddress.is_global` answers differs between
# Python releases, and it lets through multicast, 6to4 and the address of a cloud's agent below.
_SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT; one cloud's metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # the host agent of a cloud, on a public address
            "169.254.0.0/16",  # link-local; metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; one cloud's metadata
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
# All that is routed to a single host. Outside of it lie loopback, link-local, unique local, site-local, multicast,
# and the forms that wrap an IPv4 address: mapped, compatible, translated, NAT64.
_UNICAST_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: wraps an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
_WITH_PORT = re.compile(r"(?:\[([^\[\]]+)\]|([\d./]+))(?::(\d+))?")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def is_public(address: Address) -> bool:
    """Whether `address` belongs to one host on the public internet and wraps no other address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    interface = int(address) >> 32 & 0xFFFF_FFFF
    return (
        address in _UNICAST_V6
        and interface not in _ISATAP
        and not any(address in network for network in _SPECIAL_V6)
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    network: IPv4Network | IPv6Network
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "_Opening":
        host, port = text, None
        if with_port := _WITH_PORT.fullmatch(text):
            host, port = with_port[1] or with_port[2], with_port[3]
        return cls(ipaddress.ip_network(host), None if port is None else int(port))


@lru_cache(maxsize=8)
def _openings(texts: frozenset[str]) -> tuple[_Opening, ...]:
    return tuple(map(_Opening.parse, texts))


def is_allowed(address: Address, port: int, private: Iterable[str] = ()) -> bool:
    """Whether an image may be fetched from `address` and `port`.

    `private` names exceptions: `10.0.0.5`, `10.0.0.0/8`, `127.0.0.1:8000`, `fd00::/8`, `[::1]:8000`. Without a port an
    exception holds for all of them. Otherwise the address must be public, and the port 80, 443 or one that needs no
    privilege: mail and login servers are none of ours to talk to. ValueError when an exception cannot be read.
    """
    if any(address in known.network and known.port in (None, port) for known in _openings(frozenset(private))):
        return True
    return is_public(address) and _is_public_port(port)


def is_port_allowed(port: int, private: Iterable[str] = ()) -> bool:
    """Whether there is any address from which, at this port, an image may be fetched."""
    return _is_public_port(port) or any(known.port in (None, port) for known in _openings(frozenset(private)))


def _is_public_port(port: int) -> bool:
    return port in (80, 443) or port >= 1024
