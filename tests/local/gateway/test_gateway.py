"""How the REST API converts requests and responses."""

import json
import re
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.stack import Stack
from tests.local.conftest import Call


def test_an_event_carries_what_a_rest_api_gives_a_function(call: Call, stack: Stack) -> None:
    headers = {"X-Twice": ("1", "2"), "User-Agent": "me", "Content-Type": "a/b"}
    event = call("POST", "/echo?a=1&b=2&a=3", b"x=%E2%82%AC", headers).json()["event"]
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/echo", "/echo", "POST")
    assert event["queryStringParameters"] == {"a": "3", "b": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "3"], "b": ["2"]}
    assert (event["body"], event["isBase64Encoded"]) == ("x=%E2%82%AC", False)
    assert event["headers"]["Content-Type"] == "a/b"
    assert (event["headers"]["X-Twice"], event["multiValueHeaders"]["X-Twice"]) == ("2", ["1", "2"])
    context = event["requestContext"]
    assert (context["stage"], context["resourcePath"], context["path"]) == ("v1", "/echo", "/echo")
    assert context["domainName"] == urlsplit(stack.url).netloc
    assert (context["identity"]["sourceIp"], context["identity"]["userAgent"]) == ("127.0.0.1", "me")
    assert context["protocol"] == "HTTP/1.1"
    assert abs(context["requestTimeEpoch"] / 1000 - time.time()) < 60
    assert event["pathParameters"] is event["stageVariables"] is None


def test_the_environment_is_the_resolved_template(call: Call) -> None:
    assert call("GET", "/echo").json()["greeting"] == "hello from visage-local"


def test_path_parameters_are_decoded_and_the_path_is_not(call: Call) -> None:
    event = call("GET", "/things/a%20b").json()["event"]
    assert event["pathParameters"] == {"id": "a b"}
    assert (event["path"], event["resource"]) == ("/things/a%20b", "/things/{id}")


@pytest.mark.parametrize(
    "name",
    ["Content-MD5", "Expect", "TE", "Trailer", "Upgrade", "Max-Forwards", "Server", "WWW-Authenticate",
     "Proxy-Authenticate", "Connection"],
)  # fmt: skip
def test_headers_that_a_rest_api_keeps_to_itself_do_not_arrive(call: Call, name: str) -> None:
    event = call("GET", "/echo", headers={name: "x", "X-Kept": "y"}).json()["event"]
    assert event["headers"]["X-Kept"] == "y"
    assert name.lower() not in {key.lower() for key in [*event["headers"], *event["multiValueHeaders"]]}


def test_the_front_door_tells_the_host_over_a_clients_own_claim(call: Call) -> None:
    headers = {"Host": "faces.example", "X-Forwarded-Host": "forged.example", "X-Visage-Origin": "forged"}
    event = call("GET", "/echo", headers=headers).json()["event"]
    assert event["headers"]["Host"] == "faces.example"
    forwarded = [value for key, value in event["headers"].items() if key.lower() == "x-forwarded-host"]
    assert forwarded == ["faces.example"]
    assert event["headers"]["x-visage-origin"] == "{{resolve:secretsmanager:hello}}"


def test_the_caller_is_the_last_in_x_forwarded_for(call: Call) -> None:
    event = call("GET", "/echo", headers={"X-Forwarded-For": "10.0.0.1"}).json()["event"]
    assert event["headers"]["X-Forwarded-For"] == "10.0.0.1, 127.0.0.1"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=%2B+%20b", {"a": ["+  b"]}),
        ("a=1;b=2", {"a": ["1"], "b": ["2"]}),
        ("a=x%3By", {"a": ["x;y"]}),
        ("%7B=%7C", {"{": ["|"]}),
        ("flag&empty=", {"flag": [""], "empty": [""]}),
        ("a=b=c", {"a": ["b=c"]}),
        ("", None),
    ],
)
def test_queries_are_decoded_and_split_at_ampersand_and_semicolon(call: Call, query: str, expected: object) -> None:
    assert call("GET", f"/echo?{query}").json()["event"]["multiValueQueryStringParameters"] == expected


@pytest.mark.parametrize("query", ["a={", "a=}", "a|b=1"])
def test_raw_braces_and_bars_in_a_query_are_refused(call: Call, query: str) -> None:
    reply = call("GET", f"/echo?{query}")
    assert (reply.status, reply.json()) == (400, {"type": "DEFAULT_4XX"})


def test_bytes_that_are_not_utf8_become_replacement_characters(call: Call) -> None:
    assert call("POST", "/echo", b"a\xffb").json()["event"]["body"] == "a�b"


def test_an_empty_body_is_null(call: Call) -> None:
    assert call("POST", "/echo", b"").json()["event"]["body"] is None


def test_a_chunked_body_arrives_whole(call: Call) -> None:
    reply = call("POST", "/echo", iter([b"abc", b"def"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    event = reply.json()["event"]
    assert event["body"] == "abcdef"
    assert "transfer-encoding" not in {key.lower() for key in event["headers"]}


def test_an_unknown_route_has_the_templates_answer(call: Call, stack: Stack) -> None:
    reply = call("GET", "/nowhere")
    assert (reply.status, reply.header("X-Shape")) == (404, ["ours"])
    assert reply.json()["type"] == "MISSING_AUTHENTICATION_TOKEN"
    assert reply.json()["host"] == urlsplit(stack.url).netloc
    assert len(reply.json()["id"]) == 36


def test_a_method_without_a_route_is_an_unknown_route(call: Call) -> None:
    assert call("DELETE", "/things/1").status == 404
    assert call("BREW", "/echo").status == 404


def test_accept_picks_among_the_templates(call: Call) -> None:
    reply = call("GET", "/nowhere", headers={"Accept": "text/xml"})
    assert reply.header("Content-Type") == ["text/xml"]
    assert reply.body == b"<Error><Message>Missing Authentication Token</Message></Error>"


def test_more_than_10_mb_is_too_large_for_the_api(call: Call) -> None:
    reply = call("POST", "/echo", bytes(10 * 2**20 + 1))
    assert (reply.status, reply.json()) == (413, {"type": "too large"})


def test_more_than_10_mb_in_chunks_is_too_large_for_the_api(call: Call) -> None:
    body = iter([b"x" * 2**20] * 11)
    reply = call("POST", "/echo", body, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert (reply.status, reply.json()) == (413, {"type": "too large"})


def test_an_event_of_more_than_6_mb_is_too_large_for_lambda(call: Call) -> None:
    reply = call("POST", "/echo", b"x" * 6 * 2**20)
    assert (reply.status, reply.json()) == (413, {"type": "too large"})


def test_a_body_just_under_6_mb_passes(call: Call) -> None:
    size = 2 * 2**20 + 900_000  # the answer holds it too
    assert len(call("POST", "/echo", b"x" * size).json()["event"]["body"]) == size


def test_headers_of_more_than_10_kb_are_refused(call: Call) -> None:
    assert call("GET", "/echo", headers={"X": "y" * 9_000}).status == 200
    assert call("GET", "/echo", headers={"X": "y" * 10_300}).status == 431
    assert call("GET", "/echo", headers={f"X-{number}": "y" for number in range(150)}).status == 431


def test_requests_above_the_burst_are_throttled(call: Call) -> None:
    replies = [call("GET", "/throttled") for _attempt in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].json() == {"type": "throttled"}
    assert call("GET", "/echo").status == 200


def test_the_gateway_gives_up_after_the_integration_timeout(call: Call) -> None:
    started = time.monotonic()
    reply = call("GET", "/impatient?seconds=2")
    assert (reply.status, reply.json()) == (504, {"type": "too slow"})
    assert 0.5 <= time.monotonic() - started < 1.9


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("/answer?kind=exception", "AnswerFunction: RuntimeError (request "),
        ("/answer?kind=exit", "AnswerFunction: Runtime.ExitError: Runtime exited with status 3 (request "),
        ("/answer?kind=failure", "AnswerFunction: answered 500 Error.Timeout (request "),
        ("/answer?kind=string", "AnswerFunction: malformed answer: "),
        ("/impatient?seconds=2", "did not answer within 0.5 s (request "),
    ],
)
def test_what_fails_is_told_on_the_terminal_with_its_request(call: Call, capfd: Any, target: str, line: str) -> None:
    reply = call("GET", target)
    told = capfd.readouterr().err
    assert reply.status >= 500
    assert line in told and re.search(r"\(request [0-9A-F-]{36}\)$", told.strip().splitlines()[-1])


@pytest.mark.parametrize("kind", ["string", "no status", "object body", "break in header", "huge", "exception", "exit"])
def test_what_is_no_answer_of_a_proxy_integration_is_a_502(call: Call, kind: str) -> None:
    reply = call("GET", f"/answer?kind={kind.replace(' ', '+')}")
    assert (reply.status, reply.json()) == (502, {"type": "DEFAULT_5XX"})
    assert call("GET", "/answer?kind=nothing").status == 204


def test_an_answer_just_under_6_mb_passes(call: Call) -> None:
    assert len(call("GET", "/answer?kind=large").body) == 6 * 2**20 - 1000


def test_answers_reach_the_client_with_some_headers_renamed(call: Call) -> None:
    reply = call("GET", "/answer?kind=headers")
    assert (reply.status, reply.body.decode()) == (201, "é")
    assert reply.header("Set-Cookie") == ["a=1", "b=2"]
    assert (reply.header("X-One"), reply.header("X-Yes")) == (["1"], ["true"])
    assert (reply.header("Server"), reply.header("x-amzn-Remapped-Server")) == ([], ["mine"])
    assert reply.header("x-amzn-Remapped-Date") == ["never"]
    assert reply.header("Content-Type") == ["application/json"]


def test_without_binary_media_types_base64_stays_base64(call: Call) -> None:
    assert call("GET", "/answer?kind=base64").body == b"/w=="


def _connect(stack: Stack) -> socket.socket:
    parts = urlsplit(stack.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def _head(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        byte = connection.recv(1)
        assert byte, received
        received += byte
    return received


def test_a_connection_serves_several_requests(stack: Stack) -> None:
    with _connect(stack) as connection:
        for _attempt in range(3):
            connection.sendall(b"GET /answer?kind=nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            assert _head(connection).startswith(b"HTTP/1.1 204 ")


def test_a_client_that_asks_first_is_told_to_go_on(stack: Stack) -> None:
    with _connect(stack) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert _head(connection) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ab")
        assert _head(connection).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_asks_first_is_told_that_its_body_is_too_large(stack: Stack) -> None:
    with _connect(stack) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
        assert _head(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    ],
)
def test_what_is_not_http_is_a_bad_request(stack: Stack, request_bytes: bytes) -> None:
    with _connect(stack) as connection:
        connection.sendall(request_bytes)
        assert _head(connection).startswith(b"HTTP/1.1 400 ")


def test_a_slow_client_does_not_hold_up_others(stack: Stack, call: Call) -> None:
    with _connect(stack) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        started = time.monotonic()
        assert call("GET", "/echo").status == 200
        assert time.monotonic() - started < 5


def test_a_refusal_is_json_that_names_nothing_of_the_query(call: Call) -> None:
    reply = call("GET", "/nowhere?Signature=secret")
    assert "secret" not in json.dumps(reply.json())
