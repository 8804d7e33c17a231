"""The guarded download against servers on loopback, each allowed by its address and port."""

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from visage.errors import Reason, VisageError
from visage.media import connections as guarded
from visage.media.fetch import fetch
from visage.media.limits import Limits
from visage.settings import settings

LIMITS = Limits(bytes=100_000, seconds=1.0)

Talk = Callable[[socket.socket, str], None]
"""Answers one request, given its head."""


class Server:
    """Answers each connection with `talk` in its own thread, and records requests."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None) -> None:
        self.talk, self.tls = talk, tls
        self.heads: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (chunk := connection.recv(4096)):
                    head += chunk
                self.heads.append(head.decode("latin-1"))
                self.talk(connection, self.heads[-1].split(" ")[1])


@pytest.fixture
def serve(deployment, monkeypatch) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(talk: Talk, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(talk, tls))
        monkeypatch.setenv("VISAGE_PRIVATE_ADDRESSES", ",".join(f"127.0.0.1:{server.port}" for server in servers))
        settings.cache_clear()
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()


def answer(status: int, body: bytes = b"", **headers: object) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def always(*parts: bytes) -> Talk:
    return lambda connection, target: connection.sendall(b"".join(parts))


def drip(first: bytes, then: bytes) -> Talk:
    def talk(connection: socket.socket, target: str) -> None:
        connection.sendall(first)
        while True:
            time.sleep(0.05)
            connection.sendall(then)

    return talk


def reason_of(address: str, limits: Limits = LIMITS) -> Reason:
    with pytest.raises(VisageError) as raised:
        fetch(address, limits)
    return raised.value.reason


@pytest.mark.parametrize(
    "parts",
    [
        answer(200, b"picture", Content_Length=7),
        answer(200, b"picture"),
        answer(200, b"3\r\npic\r\n4;x=y\r\nture\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
        answer(100) + answer(200, b"picture", Content_Length=7),
    ],
    ids=["length", "until close", "chunked", "continue"],
)
def test_the_body_is_returned_however_it_is_framed(serve, parts):
    assert fetch(f"http://127.0.0.1:{serve(always(parts)).port}/a.jpg", LIMITS) == b"picture"


def test_the_request_carries_nothing_that_the_caller_did_not_give(serve, monkeypatch):
    server = serve(always(answer(200, b"x", Set_Cookie="a=b")))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fetch(f"http://127.0.0.1:{server.port}/a%20b?c=%2F&d=照#e", LIMITS)
    assert server.heads[0].split("\r\n") == [
        "GET /a%20b?c=%2F&d=%E7%85%A7 HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: visage",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 500, 503])
def test_any_other_status_is_not_found(serve, status):
    assert reason_of(f"http://127.0.0.1:{serve(always(answer(status, b'x'))).port}/") is Reason.IMAGE_NOT_FOUND


@pytest.mark.parametrize(
    "parts",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        answer(200, b"pict", Content_Length=7),
        answer(200, b"zz\r\npicture", Transfer_Encoding="chunked"),
        answer(200, b"7\r\npict", Transfer_Encoding="chunked"),
        answer(200, b"-7\r\npicture", Transfer_Encoding="chunked"),
        answer(302),
    ],
    ids=["silence", "no HTTP", "headers", "long header", "short", "bad chunk", "short chunk", "negative", "nowhere"],
)
def test_a_broken_answer_is_not_found(serve, parts):
    assert reason_of(f"http://127.0.0.1:{serve(always(parts)).port}/") is Reason.IMAGE_NOT_FOUND


def test_a_body_compressed_unasked_is_refused_with_the_reason(serve):
    server = serve(always(answer(200, b"\x1f\x8b", Content_Encoding="gzip")))
    with pytest.raises(VisageError) as raised:
        fetch(f"http://127.0.0.1:{server.port}/", LIMITS)
    assert raised.value.reason is Reason.IMAGE_UNREADABLE and "Content-Encoding" in raised.value.detail


def test_a_port_where_nobody_listens_is_not_found(serve):
    server = serve(always(b""))
    server.listener.close()
    assert reason_of(f"http://127.0.0.1:{server.port}/") is Reason.IMAGE_NOT_FOUND


def test_as_many_bytes_as_allowed_come_back(serve):
    server = serve(always(answer(200, bytes(100_000))))
    assert len(fetch(f"http://127.0.0.1:{server.port}/", LIMITS)) == 100_000


@pytest.mark.parametrize(
    "talk",
    [
        always(answer(200, Content_Length=100_001)),
        always(answer(200, bytes(100_001))),
        drip(answer(200), bytes(50_000)),
        drip(answer(200, Transfer_Encoding="chunked"), b"ffff\r\n" + bytes(65_535) + b"\r\n"),
    ],
    ids=["announced", "sent", "endless", "endless chunks"],
)
def test_a_body_beyond_the_limit_is_refused(serve, talk):
    assert reason_of(f"http://127.0.0.1:{serve(talk).port}/") is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize(
    "talk",
    [
        lambda connection, target: time.sleep(2),
        drip(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(answer(200, Content_Length=99_999), b"y"),
        drip(answer(200, Transfer_Encoding="chunked"), b"1\r\ny\r\n"),
        drip(answer(200, Transfer_Encoding="chunked") + b"1;", b"y"),
    ],
    ids=["silence", "header", "continue", "body", "chunks", "chunk extension"],
)
def test_a_slow_drip_ends_at_the_deadline(serve, talk):
    started = time.monotonic()
    assert reason_of(f"http://127.0.0.1:{serve(talk).port}/") is Reason.IMAGE_TIMEOUT
    assert 0.9 < time.monotonic() - started < 1.5


def test_redirections_share_one_deadline(serve):
    def talk(connection: socket.socket, target: str) -> None:
        time.sleep(0.4)
        connection.sendall(answer(302, Location="/next"))

    started = time.monotonic()
    assert reason_of(f"http://127.0.0.1:{serve(talk).port}/") is Reason.IMAGE_TIMEOUT
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_three_redirections_are_followed_and_a_fourth_is_not(serve, status):
    def talk(connection: socket.socket, target: str) -> None:
        left = int(target[1:])
        connection.sendall(answer(200, b"picture") if left == 0 else answer(status, Location=f"/{left - 1}"))

    server = serve(talk)
    assert fetch(f"http://127.0.0.1:{server.port}/3", LIMITS) == b"picture"
    assert reason_of(f"http://127.0.0.1:{server.port}/4") is Reason.IMAGE_NOT_FOUND
    assert len(server.heads) == 8


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://2130706433/",
        "file:///etc/passwd",
        "//10.0.0.1/",
    ],
)
def test_a_redirection_to_where_no_url_may_lead_is_refused(serve, location):
    server = serve(always(answer(302, Location=location)))
    assert reason_of(f"http://127.0.0.1:{server.port}/") is Reason.IMAGE_ADDRESS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A self-signed certificate of photos.test only; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "photos.test")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now.replace(year=2099))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("photos.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "photos.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


@pytest.fixture
def secure(serve, certificate, monkeypatch) -> Callable[[Talk], Server]:
    """A TLS server with a trusted certificate, under any requested name."""
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    guarded.tls.cache_clear()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    numeric = socket.getaddrinfo

    def getaddrinfo(host, port, *arguments, **options):
        return numeric("127.0.0.1" if host.endswith("photos.test") else host, port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield lambda talk: serve(talk, tls)
    guarded.tls.cache_clear()


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(secure):
    server = secure(always(answer(200, b"picture")))
    assert fetch(f"https://photos.test:{server.port}/", LIMITS) == b"picture"
    assert f"Host: photos.test:{server.port}" in server.heads[0]
    assert reason_of(f"https://other.photos.test:{server.port}/") is Reason.IMAGE_NOT_FOUND
    assert reason_of(f"https://127.0.0.1:{server.port}/") is Reason.IMAGE_NOT_FOUND


def test_a_certificate_that_nobody_trusts_is_not_found(secure, monkeypatch):
    server = secure(always(answer(200, b"picture")))
    monkeypatch.delenv("SSL_CERT_FILE")
    guarded.tls.cache_clear()
    assert reason_of(f"https://photos.test:{server.port}/") is Reason.IMAGE_NOT_FOUND


def test_a_handshake_that_hangs_ends_at_the_deadline(serve):
    server = serve(lambda connection, target: time.sleep(2))
    started = time.monotonic()
    assert reason_of(f"https://127.0.0.1:{server.port}/") is Reason.IMAGE_TIMEOUT
    assert time.monotonic() - started < 1.5


def test_http_may_redirect_to_https_but_not_back(secure, serve):
    safe = secure(always(answer(200, b"picture")))
    up = serve(always(answer(302, Location=f"https://photos.test:{safe.port}/")))
    assert fetch(f"http://127.0.0.1:{up.port}/", LIMITS) == b"picture"
    down = secure(always(answer(302, Location=f"http://127.0.0.1:{up.port}/")))
    assert reason_of(f"https://photos.test:{down.port}/") is Reason.IMAGE_ADDRESS


def test_loopback_is_refused_unless_the_deployment_names_it(serve, monkeypatch):
    server = serve(always(answer(200, b"picture")))
    monkeypatch.setenv("VISAGE_PRIVATE_ADDRESSES", "")
    settings.cache_clear()
    assert reason_of(f"http://127.0.0.1:{server.port}/") is Reason.IMAGE_ADDRESS
    assert server.heads == []
