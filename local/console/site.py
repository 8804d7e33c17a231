"""What is answered below /console: the page, signed calls of the API, and the operator's desk."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from console.bundle import Asset, bundle, headers
from local.console import signing
from local.console.inbox import Inbox
from local.console.samples import FOLDER, sample
from local.console.sessions import Sessions, from_here, same_origin
from local.first_client import Client
from local.gateway.events import HttpRequest, HttpResponse

ROOT = "/console"
_API = f"{ROOT}/api"
_DESK = f"{ROOT}/desk/"
_NO_STORE = ("Cache-Control", "no-store")

Answer = Callable[[HttpRequest], HttpResponse]
Desk = Mapping[str, Callable[[Mapping[str, Any]], Any]]
"""What the page may ask of this stack besides the API: name → function, body → answer. It raises DeskError."""


class DeskError(Exception):
    """The desk cannot do what was asked; the message says why, in one sentence."""


class Console:
    """`answer` is the stack's gateway; `client` the one that calls are signed as; `images` where kept ones lie."""

    def __init__(self, answer: Answer, client: Client, desk: Desk, images: str, inbox: Inbox) -> None:
        self._answer = answer
        self._client = client
        self._desk = desk
        self._images = images
        self._inbox = inbox
        self._sessions = Sessions()
        self._assets: dict[str, Asset] = {}

    def takes(self, path: str) -> bool:
        return path == ROOT or path.startswith(f"{ROOT}/")

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to a request for a path that `takes` says yes to."""
        if not from_here(request):
            return _refused(HTTPStatus.MISDIRECTED_REQUEST, "The console answers to 127.0.0.1 and localhost alone.")
        if request.method in ("GET", "HEAD"):
            return self._file(request)
        if request.method != "POST":
            return _refused(HTTPStatus.METHOD_NOT_ALLOWED, "The console takes GET and POST.")
        if request.path == f"{ROOT}/{self._inbox.path}":  # from a function, which has no session
            return _json(HTTPStatus.OK if self._inbox.take(request.body) else HTTPStatus.BAD_REQUEST, {})
        if not same_origin(request):
            return _refused(HTTPStatus.FORBIDDEN, "Only the console's own page may ask this.")
        if not self._sessions.holds(request):
            return _refused(HTTPStatus.UNAUTHORIZED, "The session has ended.")
        if request.path.startswith(f"{_API}/"):
            return self._call(request)
        if request.path.startswith(_DESK):
            return self._at_desk(request)
        return _refused(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def _file(self, request: HttpRequest) -> HttpResponse:
        if request.path == ROOT:
            return HttpResponse(HTTPStatus.PERMANENT_REDIRECT, [("Location", f"{ROOT}/"), _NO_STORE], b"")
        name = request.path.removeprefix(f"{ROOT}/")
        if not name:
            self._assets |= bundle("local")  # read anew, so that a changed file shows; pages that are open keep theirs
        asset = sample(name.removeprefix(FOLDER)) if name.startswith(FOLDER) else self._assets.get(name)
        if asset is None:
            return _refused(HTTPStatus.NOT_FOUND, "There is nothing here.")
        told = [("Content-Type", asset.type), ("Cache-Control", asset.cache), *headers(self._images).items()]
        if not name and not self._sessions.holds(request):
            told.append(("Set-Cookie", self._sessions.open()))
        return HttpResponse(HTTPStatus.OK, told, asset.content)

    def _call(self, request: HttpRequest) -> HttpResponse:
        try:
            wanted = signing.signed(request, request.path.removeprefix(_API), self._client)
        except ValueError:
            return _refused(HTTPStatus.BAD_REQUEST, "The body cannot be read.")
        return self._answer(wanted)

    def _at_desk(self, request: HttpRequest) -> HttpResponse:
        ask = self._desk.get(request.path.removeprefix(_DESK))
        if ask is None:
            return _refused(HTTPStatus.NOT_FOUND, "There is nothing here.")
        try:
            body = json.loads(request.body or b"{}")
            return _json(HTTPStatus.OK, ask(body))
        except DeskError as error:
            return _refused(HTTPStatus.BAD_REQUEST, str(error))
        except (KeyError, TypeError, ValueError, AttributeError):
            return _refused(HTTPStatus.BAD_REQUEST, "The body cannot be read.")


def _refused(status: HTTPStatus, message: str) -> HttpResponse:
    return _json(status, {"Code": "Console", "Message": message})


def _json(status: HTTPStatus, content: Any) -> HttpResponse:
    told = [("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff"), _NO_STORE]
    return HttpResponse(status, told, json.dumps(content).encode())
