"""API Gateway proxy responses of both dialects: RPC in JSON or XML, Green in JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from xml.etree.ElementTree import Element, SubElement, tostring

from visage.api.dialects.fields import sent_data_id
from visage.api.dialects.green import OK, GreenCall
from visage.api.dialects.request import Request
from visage.api.errors import TABLE, apart, green_error, told
from visage.errors import Reason, VisageError
from visage.settings import settings

_NOT_XML = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Characters that XML 1.0 cannot represent, not even escaped. Compiled by the first response in XML: it takes long."""
_MAX_BYTES = 6 * 2**20
"""Maximum bytes of a function's response to API Gateway, Lambda's limit."""
_OVERHEAD = 1024
"""Bytes of a response besides its body."""


class Reply(Protocol):
    """Builds the responses to one request in its dialect."""

    def success(self, data: Any) -> dict[str, Any]: ...

    def failure(self, error: VisageError, call: Any = None) -> dict[str, Any]:
        """An error response. `call`: the admitted call; None if the error came earlier."""


@dataclass(frozen=True, slots=True)
class RpcReply:
    """Builds responses in the RPC dialect, as JSON or, if the client asked for it, XML."""

    request: Request
    action: str
    xml: bool = False
    bare: bool = False
    """Whether the data are next to the RequestId, without an envelope."""

    def success(self, data: Mapping[str, Any]) -> dict[str, Any]:
        body = data if self.bare else {"Data": data, "Success": True, "Code": settings().success_code}
        return self._response(200, f"{self.action}Response", {"RequestId": self.request.id, **body})

    def failure(self, error: VisageError, call: Any = None) -> dict[str, Any]:
        """An error response in both products' formats, so that every official client raises its own typed error."""
        wire = TABLE[error.reason]
        code, message = wire.code.format(error.detail), told(wire, wire.message, error)
        body: dict[str, Any] = {
            "RequestId": self.request.id,
            "HostId": self.request.host,
            "Code": code,
            "Message": message,
        }
        if detail := apart(wire, error):
            body["Detail"] = detail
        if not self.xml:
            body |= {"code": wire.green, "msg": message, "requestId": self.request.id}
        return self._response(wire.status, "Error", body)

    def _response(self, status: int, root: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content_type, text = ("text/xml", _xml(root, body)) if self.xml else ("application/json", _json(body))
        return _response(self.request, status, content_type, text)


@dataclass(frozen=True, slots=True)
class GreenReply:
    """Builds responses in the Green dialect."""

    request: Request
    flat: bool = False
    """Whether the data are repeated at the top level, as in DetectFace."""

    def success(self, data: Any) -> dict[str, Any]:
        """A success response. Raises VisageError(ANSWER_TOO_LARGE): a scan may find many persons with long notes."""
        top_level = data if self.flat else {}
        text = _json({"code": OK, "msg": "OK", "requestId": self.request.id, **top_level, "data": data})
        if len(json.dumps(text)) > _MAX_BYTES - _OVERHEAD:  # the body is a JSON string within the response
            raise VisageError(Reason.ANSWER_TOO_LARGE)
        return _response(self.request, 200, "application/json", text)

    def failure(self, error: VisageError, call: GreenCall | None = None) -> dict[str, Any]:
        """An error response in both products' formats, so that every official client raises its own typed error.

        It repeats the request's `dataId`, if any.
        """
        wire = TABLE[error.reason]
        code, message = green_error(error)
        body = {
            "code": code,
            "msg": message,
            "requestId": self.request.id,
            "Code": wire.code.format(error.detail),
            "Message": message,
            "RequestId": self.request.id,
            "HostId": self.request.host,
        }
        if named := sent_data_id(call.body if call else None):
            body |= (named if self.flat else {}) | {"data": {"code": code, "msg": message, **named}}
        status = 200 if wire.business and settings().error_status == "200" else wire.status
        return _response(self.request, status, "application/json", _json(body))


def _response(request: Request, status: int, content_type: str, text: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": f"{content_type};charset=utf-8",
            "Cache-Control": "no-store",
            "x-acs-request-id": request.id,
        },
        "body": text,
        "isBase64Encoded": False,
    }


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _xml(root: str, body: Mapping[str, Any]) -> str:
    element = Element(root)
    _fill(element, body)
    # ElementTree's own declaration would say utf-8; the contract's says UTF-8.
    return "<?xml version='1.0' encoding='UTF-8'?>" + tostring(element, encoding="unicode")


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, child in value.items():
            _fill(SubElement(element, name), child)
    elif isinstance(value, list):
        for child in value:
            _fill(SubElement(element, "element"), child)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    else:
        element.text = re.sub(_NOT_XML, "\N{REPLACEMENT CHARACTER}", str(value))
