"""The guarded delivery to receivers on loopback, each allowed by its address and port."""

import time
from urllib.parse import parse_qs

import pytest

from tests.local.test_fetch_over_http import Server, always, answer, drip
from tests.support.web import Site, serving
from visage.errors import Reason, VisageError
from visage.media.push import push
from visage.settings import settings

FIELDS = {"checksum": "00ff", "content": '{"msg":"OK & 你好 = 1+1"}'}


@pytest.fixture
def allow(deployment, monkeypatch):
    """Allow callbacks to an address of this machine."""

    def allow(place):
        monkeypatch.setenv("VISAGE_PRIVATE_ADDRESSES", place)
        settings.cache_clear()

    return allow


@pytest.fixture
def receiving(allow):
    """Start a receiver with this behaviour; return its URL."""
    servers = []

    def start(talk):
        servers.append(Server(talk))
        allow(f"127.0.0.1:{servers[-1].port}")
        return f"http://127.0.0.1:{servers[-1].port}/told"

    yield start
    for server in servers:
        server.listener.close()


def reason_of(address, seconds=1.0):
    with pytest.raises(VisageError) as raised:
        push(address, FIELDS, seconds)
    return raised.value.reason


def test_a_form_is_posted_whole(allow):
    received = []

    class Receiver(Site):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers["Host"], self.headers.get_content_type(), parse_qs(body)))
            self.answer(200)

    with serving(Receiver) as address:
        allow(address.removeprefix("http://"))
        assert push(f"{address}/told?from=visage", FIELDS, 2) == 200
    fields = {name: [value] for name, value in FIELDS.items()}
    host = address.removeprefix("http://")
    assert received == [("/told?from=visage", host, "application/x-www-form-urlencoded", fields)]


@pytest.mark.parametrize("status", [200, 204, 301, 404, 500])
def test_the_status_is_told_and_nothing_else_is_read(receiving, status):
    endless = answer(status, b"never read", Content_Length=10**9, Location="http://127.0.0.1/elsewhere")
    assert push(receiving(always(endless)), FIELDS, 2) == status


def test_a_receiver_that_drips_or_is_silent_is_not_waited_for(receiving):
    for talk in (drip(b"HTTP/1.1 200 O", b"O"), lambda _connection, _target: time.sleep(2)):
        started = time.monotonic()
        assert reason_of(receiving(talk), 0.3) is Reason.IMAGE_TIMEOUT
        assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_who_does_not_speak_http_gets_nothing_more(receiving, words):
    assert reason_of(receiving(always(words))) is Reason.IMAGE_NOT_FOUND


def test_nothing_is_sent_where_callbacks_may_not_go(allow):
    server = Server(always(answer(200)))
    allow("127.0.0.1:1")
    assert reason_of(f"http://127.0.0.1:{server.port}/") is Reason.IMAGE_ADDRESS
    assert server.heads == []
    server.listener.close()
