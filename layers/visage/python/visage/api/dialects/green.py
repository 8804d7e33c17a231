"""The Green dialect: one path per operation, a JSON body, ROA-style signatures."""

import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from visage.access.clients import Client
from visage.api.dialects.request import Request
from visage.errors import Reason, VisageError

VERSIONS = frozenset({"2017-01-12", "2018-05-09"})
"""Versions of the product Green."""
OK = 200
"""`code` of success, in the envelope and in its data."""

DEEPEST = 16
"""Maximum nesting of a body: far more than any operation reads, and far below the recursion limit of any JSON
library."""

_INLINE = "base64://"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class GreenCall:
    """An admitted request and its client."""

    action: str
    client: Client
    request_id: str
    nonce: str | None
    """The client's name for this request, or None: the official Python client sends none."""
    body: Any
    """The parsed JSON; {} if the body was empty."""
    origin: str = ""
    """The base URL that the client called, such as `https://faces.example.com`."""

    @property
    def library(self) -> str:
        """The library of the persons and uploads that the call is about."""
        return self.client.own_library


def check_version(request: Request) -> None:
    """Check the API version. Raises VisageError: PARAMETER_REQUIRED or UNKNOWN_VERSION. PHP sends it in the query
    too."""
    version = request.headers.get("x-acs-version") or dict(request.query).get("Version")
    if not version:
        raise VisageError(Reason.PARAMETER_REQUIRED, "Version")
    if version not in VERSIONS:
        raise VisageError(Reason.UNKNOWN_VERSION)


def read_json(body: bytes, kind: type = dict) -> Any:
    """Parse a JSON body whose outermost value is a `kind` (dict or list); an empty body gives an empty value.

    The content type is ignored: official clients send octet-stream, JSON or none. Numbers are finite and text is valid
    Unicode, so whatever was read can be written again. Raises VisageError(BODY_NOT_JSON).
    """
    if not body.strip():
        return kind()
    try:
        value = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_object, parse_float=_finite, parse_constant=_refuse_constant
        )
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode()  # fails for an unpaired surrogate
    except UnicodeError:
        raise _not_json("It is not valid Unicode in UTF-8.") from None
    except RecursionError:
        raise _not_json("It is nested too deeply.") from None
    except ValueError:  # includes JSONDecodeError, and numbers with thousands of digits
        raise _not_json("It is not valid JSON.") from None
    if _is_deep(value):
        raise _not_json(f"It is nested more than {DEEPEST} levels deep.")
    if not isinstance(value, kind):
        raise _not_json(f"It must be a JSON {'object' if kind is dict else 'array'}.")
    return value


def task_id() -> str:
    """A new id for the processing of one image."""
    return f"img{secrets.token_urlsafe(18)}"


def echo(value: Any) -> Any:
    """A value as it was sent, without inline images, for which a response has no room."""
    if isinstance(value, dict):
        return {name: echo(each) for name, each in value.items()}
    return _INLINE if isinstance(value, str) and value.lstrip()[: len(_INLINE)].lower() == _INLINE else value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(DEEPEST + 1):
        level = [
            child
            for each in level
            if isinstance(each, (dict, list))
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _not_json("A field is given twice.")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not valid JSON


def _not_json(detail: str) -> VisageError:
    return VisageError(Reason.BODY_NOT_JSON, detail)
