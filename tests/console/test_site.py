"""Access to a local stack's console, without a browser and without a stack."""

import json
from collections.abc import Callable, Mapping

import pytest

from console import bundle
from local.console.inbox import Inbox
from local.console.site import Console, DeskError
from local.first_client import Client
from local.gateway.events import HttpRequest, HttpResponse

HOST = "127.0.0.1:3000"
ASKED: list[HttpRequest] = []


def answer(request: HttpRequest) -> HttpResponse:
    ASKED.append(request)
    return HttpResponse(200, [("Content-Type", "application/json")], b'{"code": 200}')


def refuse(_body: Mapping[str, object]) -> None:
    raise DeskError("It is not to be.")


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    page = bundle.Asset(b"<page>", "text/html", "no-store")
    monkeypatch.setattr("local.console.site.bundle", lambda mode: {"": page})
    ASKED.clear()
    desk = {"echo": lambda body: body, "refuse": refuse}
    return Console(answer, Client("LTAIlocal", "secret"), desk, "http://127.0.0.1:4000", Inbox("LTAIlocal"))


def get(path: str, **headers: str) -> HttpRequest:
    named = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest("GET", path, "", [*named.items()], b"", "127.0.0.1")


@pytest.fixture
def post(console: Console) -> Callable[..., HttpResponse]:
    """Post like the page, with its cookie; `headers` replaces the page's, None omits one."""
    (cookie,) = (value for name, value in console.answer(get("/console/")).headers if name == "Set-Cookie")

    def send(path: str, body: bytes = b"{}", **changed: str | None) -> HttpResponse:
        headers = {
            "Host": HOST,
            "Origin": f"http://{HOST}",
            "Cookie": cookie.partition(";")[0],
            "Content-Type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        pairs = [(name, value) for name, value in headers.items() if value is not None]
        return console.answer(HttpRequest("POST", path, "", pairs, body, "127.0.0.1"))

    return send


def test_the_page_comes_with_a_session_and_strict_rules(console: Console):
    response = console.answer(get("/console/"))

    headers = dict(response.headers)
    assert response.status == 200
    assert headers["Set-Cookie"].endswith("; Path=/console; HttpOnly; SameSite=Strict")
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_an_open_session_is_kept(console: Console):
    cookie = dict(console.answer(get("/console/")).headers)["Set-Cookie"].partition(";")[0]

    assert "Set-Cookie" not in dict(console.answer(get("/console/", Cookie=cookie)).headers)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "", "10.0.0.1:3000"])
def test_another_name_for_this_host_is_refused(console: Console, post: Callable[..., HttpResponse], host: str):
    assert console.answer(get("/console/", Host=host)).status == 421
    assert post("/console/api/green/sface/groups", Host=host, Origin=f"http://{host}").status == 421
    assert ASKED == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]:3000"])
def test_this_machine_may_be_called_by_its_names(console: Console, host: str):
    assert console.answer(get("/console/", Host=host)).status == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/console/api/green/sface/groups", "/console/desk/echo"])
def test_another_page_cannot_call(post: Callable[..., HttpResponse], path: str, changed: dict[str, str]):
    assert post(path, **changed).status == 403
    assert ASKED == []


@pytest.mark.parametrize("cookie", [None, "visage_console=guessed", "other=1", 'visage_console="', "\x00"])
def test_a_call_needs_a_session(post: Callable[..., HttpResponse], cookie: str | None):
    assert post("/console/api/green/sface/groups", Cookie=cookie).status == 401
    assert ASKED == []


def test_an_unused_session_expires(post: Callable[..., HttpResponse], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.console.sessions.SECONDS", -1.0)

    assert post("/console/api/green/sface/groups").status == 401


def test_a_call_is_signed_as_the_local_client(post: Callable[..., HttpResponse]):
    assert post("/console/api/green/sface/groups", b"{}").status == 200

    (asked,) = ASKED
    assert (asked.path, asked.body) == ("/green/sface/groups", b"{}")
    assert (asked.header("authorization") or "").startswith("acs LTAIlocal:")
    assert asked.header("cookie") is None


def test_an_rpc_call_is_signed_in_its_query(post: Callable[..., HttpResponse]):
    post("/console/api/", b"Action=CompareFaces&Version=2019-03-07", Content_Type="application/x-www-form-urlencoded")

    (asked,) = ASKED
    assert asked.path == "/" and "AccessKeyId=LTAIlocal" in asked.query and "Signature=" in asked.query


@pytest.mark.parametrize("body", [b"\xff\xfe", b"no form"])
def test_an_rpc_body_that_is_not_a_form_is_refused(post: Callable[..., HttpResponse], body: bytes):
    assert post("/console/api/", body).status == 400


def test_the_desk_answers_in_json(post: Callable[..., HttpResponse]):
    assert json.loads(post("/console/desk/echo", b'{"a": 1}').body) == {"a": 1}
    assert post("/console/desk/unknown").status == 404
    assert post("/console/desk/echo", b"{").status == 400
    refused = post("/console/desk/refuse")
    assert (refused.status, json.loads(refused.body)["Message"]) == (400, "It is not to be.")


@pytest.mark.parametrize("path", ["/console/../client.json", "/console/client.json", "/console/portraits/../x"])
def test_no_other_file_is_served(console: Console, path: str):
    assert console.answer(get(path)).status == 404


def test_it_serves_only_its_own_paths(console: Console):
    assert [console.takes(path) for path in ("/console", "/console/x", "/consoles", "/")] == [True, True, False, False]


def test_other_methods_are_refused(console: Console):
    assert console.answer(HttpRequest("PUT", "/console/", "", [("Host", HOST)], b"", "127.0.0.1")).status == 405
