"""API Gateway's gateway responses, with the template's wording: what the gateway answers without calling a function."""

import json
import re
from dataclasses import dataclass

from local.gateway.events import HttpRequest, HttpResponse
from local.template.model import Api


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gateway response type with its default status and message."""

    type: str
    status: int
    message: str


BAD_REQUEST = Refusal("DEFAULT_4XX", 400, "Bad Request")
HEADERS_TOO_LARGE = Refusal("DEFAULT_4XX", 431, "Request Header Fields Too Large")
INTEGRATION_TIMEOUT = Refusal("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")
FUNCTION_THROTTLED = Refusal("INTEGRATION_FAILURE", 500, "Internal server error")
INTERNAL_ERROR = Refusal("DEFAULT_5XX", 500, "Internal server error")
MALFORMED_ANSWER = Refusal("DEFAULT_5XX", 502, "Internal server error")
NO_SUCH_ROUTE = Refusal("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
REQUEST_TOO_LARGE = Refusal("REQUEST_TOO_LARGE", 413, "Request Too Long")
THROTTLED = Refusal("THROTTLED", 429, "Too Many Requests")


def respond(api: Api, refusal: Refusal, request: HttpRequest) -> HttpResponse:
    """The response to a refused request: the template's for this type, or else for its class, or else AWS's default."""
    default = "DEFAULT_4XX" if refusal.status < 500 else "DEFAULT_5XX"
    configured = api.responses.get(refusal.type) or api.responses.get(default)
    if configured is None:
        body = json.dumps({"message": refusal.message})
        return HttpResponse(refusal.status, [("Content-Type", "application/json")], body.encode())
    content_type, template = _choose_template(configured.templates, request.header("accept") or "")
    variables = {
        "error.message": refusal.message,
        "error.messageString": json.dumps(refusal.message),
        "error.responseType": refusal.type,
        "requestId": request.id,
        "extendedRequestId": request.id,
        "domainName": request.header("host") or "",
        "httpMethod": request.method,
        "path": request.path,
        "stage": api.stage,
        "identity.sourceIp": request.source_ip,
    }
    body = re.sub(
        r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)|\$stageVariables\.(\w+)",
        lambda match: variables.get(match[1], "-") if match[1] else api.variables.get(match[2], ""),
        template,
    )
    headers = [("Content-Type", content_type), *configured.headers.items()]
    return HttpResponse(configured.status or refusal.status, headers, body.encode())


def _choose_template(templates: dict[str, str], accept: str) -> tuple[str, str]:
    accepted = [part.partition(";")[0].strip() for part in accept.split(",")]
    for content_type in accepted:
        if content_type in templates:
            return content_type, templates[content_type]
    fallback = '{"message":$context.error.messageString}'
    return next(iter(templates.items()), ("application/json", fallback))
