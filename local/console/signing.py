"""Requests of the console, signed as the local client's."""

import base64
from urllib.parse import parse_qsl, urlencode

from cli.deployment.signing import signature_parameters, signed_headers
from local.first_client import Client
from local.gateway.events import HttpRequest

GREEN_VERSION = "2018-05-09"


def signed(request: HttpRequest, path: str, client: Client) -> HttpRequest:
    """The request for this path of the API, signed now by the client's key. Raises ValueError for a body that is no
    text, or no form on "/"."""
    kind = request.header("content-type") or ""
    headers = {"Host": request.header("host") or "", "Accept": "application/json", "Content-Type": kind}
    headers |= {"x-acs-version": GREEN_VERSION} if path != "/" else {}
    if path == "/":
        form = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
        query = urlencode(signature_parameters("POST", form, client.id, client.secret))
        return HttpRequest("POST", path, query, [*headers.items()], request.body, request.source_ip)
    body = base64.b64encode(request.body).decode()
    event = {"httpMethod": "POST", "path": path, "headers": headers, "body": body, "isBase64Encoded": True}
    signed = signed_headers(event, client.id, client.secret)
    return HttpRequest("POST", path, "", [*signed.items()], request.body, request.source_ip)
