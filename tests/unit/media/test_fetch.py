"""The targets of guarded downloads, without connections; tests/local has the conversations."""

import socket
import ssl
import threading
import time
from ipaddress import ip_address

import pytest

from visage.errors import Reason, VisageError
from visage.media import connections as guarded
from visage.media.addresses import is_allowed, is_public
from visage.media.fetch import fetch
from visage.media.limits import Limits
from visage.media.urls import Url
from visage.settings import settings

LIMITS = Limits(bytes=1000, seconds=0.3)

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "2600::5efe:a00:1", "2600::200:5efe:a00:1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2001:200::1", "2001:4860:4860::8888", "2003::1", "2600::1", "2606:4700::1111", "2a00:1450:4001::200e",
]  # fmt: skip


@pytest.fixture
def resolver(deployment, monkeypatch):
    """Host names resolve as the test says; connecting fails the test, because sockets are off."""
    answers: dict[str, list[str]] = {}

    def getaddrinfo(host, port, **_):
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers


@pytest.fixture
def connections(monkeypatch):
    """The addresses that were tried; every one refuses."""
    tried: list[tuple[str, int]] = []

    def connect(address, timeout):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


def reason_of(address: str, limits: Limits = LIMITS) -> Reason:
    with pytest.raises(VisageError) as raised:
        fetch(address, limits)
    return raised.value.reason


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_one_public_host_is_refused(address, resolver, connections):
    assert not is_public(ip_address(address))
    resolver["photos.test"] = [address]
    assert reason_of("http://photos.test/a.jpg") is Reason.IMAGE_ADDRESS
    assert connections == []


@pytest.mark.parametrize("address", PUBLIC)
def test_the_connection_goes_to_the_checked_address(address, resolver, connections):
    resolver["photos.test"] = [address]
    assert reason_of("http://photos.test/a.jpg") is Reason.IMAGE_NOT_FOUND
    assert connections == [(address, 80)]


def test_a_name_with_one_private_address_among_public_ones_is_refused(resolver, connections):
    resolver["photos.test"] = ["8.8.8.8", "10.0.0.1", "1.1.1.1"]
    assert reason_of("https://photos.test/a.jpg") is Reason.IMAGE_ADDRESS
    assert connections == []


def test_each_address_is_tried_once_until_one_answers(resolver, connections):
    resolver["photos.test"] = ["8.8.8.8", "1.1.1.1", "8.8.8.8"]
    assert reason_of("https://photos.test/a.jpg") is Reason.IMAGE_NOT_FOUND
    assert connections == [("8.8.8.8", 443), ("1.1.1.1", 443)]


def test_an_unknown_name_is_not_found(resolver):
    assert reason_of("http://nowhere.test/a.jpg") is Reason.IMAGE_NOT_FOUND


def test_a_resolver_that_hangs_does_not_hold_the_request(deployment, monkeypatch):
    answer = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer.wait(10) and [])
    started = time.monotonic()
    assert reason_of("http://photos.test/a.jpg") is Reason.IMAGE_TIMEOUT
    assert time.monotonic() - started < 1
    answer.set()


def test_the_name_is_resolved_once(resolver, connections, monkeypatch):
    resolver["photos.test"] = ["8.8.8.8"]
    asked = []
    answer = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: asked.append(host) or answer(host, *a, **k))
    reason_of("http://photos.test/a.jpg")
    assert asked == ["photos.test"]


@pytest.mark.parametrize("port", [1, 22, 25, 81, 110, 445, 1023])
def test_ports_of_other_services_are_refused(port, resolver, connections):
    resolver["photos.test"] = ["8.8.8.8"]
    assert reason_of(f"http://photos.test:{port}/") is Reason.IMAGE_ADDRESS
    assert connections == []


@pytest.mark.parametrize(
    ("private", "address", "port", "allowed"),
    [
        ("10.0.0.5", "10.0.0.5", 80, True),
        ("10.0.0.5", "10.0.0.6", 80, False),
        ("10.0.0.0/8", "10.9.9.9", 22, True),
        ("127.0.0.1:8000", "127.0.0.1", 8000, True),
        ("127.0.0.1:8000", "127.0.0.1", 8001, False),
        ("10.0.0.0/8:8000", "10.1.1.1", 8000, True),
        ("fd00::/8", "fd12::1", 80, True),
        ("[::1]:8000", "::1", 8000, True),
        ("[::1]:8000", "::1", 80, False),
        ("[fd00::/8]", "fd12::1", 80, True),
        ("10.0.0.5", "169.254.169.254", 80, False),
        ("127.0.0.1", "::ffff:127.0.0.1", 80, False),
    ],
)
def test_a_deployment_may_allow_private_addresses_by_name(private, address, port, allowed):
    assert is_allowed(ip_address(address), port, frozenset({private})) is allowed


@pytest.mark.parametrize("private", ["nonsense", "10.0.0.5/8", "10.0.0.5:http", "[::1"])
def test_an_exception_that_cannot_be_read_is_an_error_not_a_permission(private):
    with pytest.raises(ValueError):
        is_allowed(ip_address("10.0.0.5"), 80, frozenset({private}))


def test_settings_decide_about_private_addresses(resolver, connections, monkeypatch):
    resolver["photos.test"] = ["10.0.0.5"]
    monkeypatch.setenv("VISAGE_PRIVATE_ADDRESSES", "10.0.0.5:8000")
    settings.cache_clear()
    assert reason_of("http://photos.test:8000/a.jpg") is Reason.IMAGE_NOT_FOUND
    assert connections == [("10.0.0.5", 8000)]
    assert reason_of("http://photos.test/a.jpg") is Reason.IMAGE_ADDRESS


@pytest.mark.parametrize(
    ("text", "authority", "target"),
    [
        ("http://Example.com", "example.com", "/"),
        ("http://example.com:80/a?b=c#d", "example.com", "/a?b=c"),
        ("http://example.com:443/", "example.com:443", "/"),
        ("https://example.com:443/", "example.com", "/"),
        ("http://[2600::1]:8080/%20/照", "[2600::1]:8080", "/%20/%E7%85%A7"),
        ("http://例子.cn/", "xn--fsqu00a.cn", "/"),
    ],
)
def test_a_url_is_requested_in_one_form(text, authority, target):
    url = Url.parse(text)
    assert (url.authority, url.target) == (authority, target)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "http://example.com:8080/b"),
        ("b?c", "http://example.com:8080/a/b?c"),
        ("//other.com/x", "http://other.com/x"),
        ("https://other.com/x y", "https://other.com/x%20y"),
        ("/照".encode().decode("latin-1"), "http://example.com:8080/%E7%85%A7"),
    ],
)
def test_a_redirection_is_read_relative_to_where_it_was_met(location, expected):
    assert str(Url.parse("http://example.com:8080/a/?q=1").join(location)) == expected


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://a/", "http://u@a/", "http://[", "gopher://a", "http://:0"]
)
def test_a_redirection_to_anything_but_a_web_address_is_refused(location):
    with pytest.raises(VisageError) as raised:
        Url.parse("http://example.com/").join(location)
    assert raised.value.reason is Reason.IMAGE_ADDRESS


def test_certificates_are_verified_for_the_name():
    assert guarded.tls().check_hostname
    assert guarded.tls().verify_mode is ssl.CERT_REQUIRED
