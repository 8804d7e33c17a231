"""Results and errors as API Gateway proxy responses, in JSON or XML."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from visage.api.errors import TABLE
from visage.api.request import Request
from visage.errors import Reason, VisageError
from visage.settings import settings

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


@dataclass(frozen=True, slots=True)
class RpcReply:
    """Answers `request` in the RPC dialect, in JSON or, where the client asked for it, XML."""

    request: Request
    xml: bool = False

    def success(self, action: str, data: Mapping[str, Any]) -> dict[str, Any]:
        body = {"RequestId": self.request.id, "Data": data, "Success": True, "Code": settings().success_code}
        return self._response(200, f"{action}Response", body)

    def failure(self, error: VisageError) -> dict[str, Any]:
        """In both products' shapes, so that every official client raises its own typed error."""
        wire = TABLE[error.reason]
        code, message = wire.code.format(error.detail), wire.message.format(error.detail)
        body: dict[str, Any] = {
            "RequestId": self.request.id,
            "HostId": self.request.host,
            "Code": code,
            "Message": message,
        }
        if error.detail and not wire.places_detail and error.reason is not Reason.INTERNAL:
            body["Detail"] = error.detail
        if not self.xml:
            body |= {"code": wire.status, "msg": message, "requestId": self.request.id}
        return self._response(
            200 if wire.business and settings().error_status == "200" else wire.status, "Error", body
        )

    def _response(self, status: int, root: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content_type, text = ("text/xml", _xml(root, body)) if self.xml else ("application/json", _json(body))
        return {
            "statusCode": status,
            "headers": {
                "Content-Type": f"{content_type};charset=utf-8",
                "Cache-Control": "no-store",
                "x-acs-request-id": self.request.id,
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
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    else:
        element.text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
