"""Web addresses, read strictly."""

import re
import string
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from visage.errors import Reason, VisageError

LONGEST = 2048
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?=.{1,253}$)(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*\.?")
_PLACE = re.compile(r"[^\[\]]*|\[[^\[\]]*:[^\[\]]*\](?::[0-9]*)?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL in the form in which it is requested; a fragment is dropped."""

    scheme: str
    host: str
    """A name in ASCII (IDNA), or an IP address without brackets."""
    port: int
    target: str
    """Path and query, percent-encoded."""

    @classmethod
    def parse(cls, text: str) -> "Url":
        """VisageError(IMAGE_ADDRESS) for what is no plain web address: other schemes, user names, odd hosts, spaces."""
        if len(text) > LONGEST:
            raise _refused(f"The image URL is longer than {LONGEST} characters.")
        if not text.isprintable() or " " in text or "\\" in text:
            raise _refused("The image URL holds spaces, control characters or backslashes: percent-encode them.")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise _refused("The image URL's host or port cannot be read.") from error
        if parts.scheme not in _PORTS:
            raise _refused("The image URL must begin with http:// or https://.")
        if "@" in parts.netloc:
            raise _refused("The image URL must not hold a user name.")
        # urlsplit overlooks what stands before and behind brackets.
        if not _PLACE.fullmatch(parts.netloc):
            raise _refused("The image URL's host or port cannot be read.")
        if port == 0:
            raise _refused("The image URL's port must be 1 to 65535.")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, _host(host), port or _PORTS[parts.scheme], quote(target, safe=string.punctuation))

    def join(self, location: str) -> "Url":
        """Where a response's `Location` header leads from here; raises as `parse` does."""
        # Headers are read as Latin-1; what is not ASCII in this one was UTF-8 all the same.
        reference = quote(location.strip().encode("latin-1"), safe=string.punctuation)
        try:
            return Url.parse(urljoin(str(self), reference))
        except ValueError as error:
            raise _refused("The image URL redirects to what cannot be read as a URL.") from error

    @property
    def authority(self) -> str:
        """What the Host header says: the port is left out where the scheme implies it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def _host(host: str) -> str:
    """`host` as it is looked up: an IP address in its one usual form, or a name in ASCII."""
    try:
        if ":" in host and "%" not in host:
            return str(IPv6Address(host))
        name = host.encode("idna").decode("ascii")
        # The system's resolver takes 0x7f.1, 0177.0.0.1 and 2130706433 for addresses; no image needs them.
        if _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
            return str(IPv4Address(name))
    except (UnicodeError, AddressValueError) as error:
        raise _refused("The image URL's host is not a valid name or address.") from error
    if not _HOST.fullmatch(name):
        raise _refused("The image URL's host is not a valid name or address.")
    return name


def _refused(detail: str) -> VisageError:
    return VisageError(Reason.IMAGE_ADDRESS, detail)
