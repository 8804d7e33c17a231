"""Parses the fields of Green's JSON bodies, or refuses them with one sentence.

Every function raises VisageError(FIELD_INVALID) for a field that breaks its rule or, unless it says otherwise, is
missing. The sentence names the field and the rule, and never repeats the value.
"""

import re
from collections.abc import Mapping
from typing import Any

from visage.errors import Reason, VisageError
from visage.gallery.persons.types import FACES, GROUPS

Body = Mapping[str, Any]

TEXT_LIMITS = {"name": 128, "note": 1024}
"""Maximum characters of a text; the contract does not say."""
FACE_IDS = 100
"""Maximum face ids per call."""

ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""The id of a person or group."""

_FACE_ID = re.compile(r"[0-9]{1,19}")
DATA_ID_LENGTH = 128
SEED = re.compile(r"[A-Za-z0-9_]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,18}")
_ID_RULE = "1 to 32 letters, digits, '_' or '-'"


def person_id(body: Body) -> str:
    return _matching(body, "personId", ID, _ID_RULE)


def group_id(body: Body) -> str:
    return _matching(body, "groupId", ID, _ID_RULE)


def group_ids(body: Body) -> list[str]:
    """1 to 100 ids, in the order given, without duplicates."""
    values = [as_text(value) for value in _list(body, "groupIds", GROUPS)]
    if not all(isinstance(value, str) and ID.fullmatch(value) for value in values):
        raise invalid(f"Each of groupIds must be {_ID_RULE}.")
    return list(dict.fromkeys(values))


def face_ids(body: Body) -> list[str] | None:
    """Face ids as decimal text, without duplicates; sent as text or, by clients that can represent them, as numbers.

    None if the field is missing.
    """
    if body.get("faceIds") is None:
        return None
    values = [as_text(value) for value in _list(body, "faceIds", FACE_IDS)]
    if not all(isinstance(value, str) and _FACE_ID.fullmatch(value) for value in values):
        raise invalid("Each of faceIds must be a number of at most 19 digits, as text or number.")
    return list(dict.fromkeys(values))


def urls(body: Body) -> list[str]:
    """1 to 20 image addresses; each address is checked later, with its image."""
    values = _list(body, "urls", FACES)
    if not all(isinstance(value, str) and value for value in values):
        raise invalid("Each of urls must be the address of an image.")
    return values


def url(body: Body, name: str = "url") -> str:
    """The address of one image."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name} must be the address of an image.")
    return value


def data_id(body: Body) -> str | None:
    """The client's own name for the request or task, at most 128 characters; None if missing or empty."""
    value = as_text(body.get("dataId"))
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value) > DATA_ID_LENGTH:
        raise invalid(f"dataId must be a text of at most {DATA_ID_LENGTH} characters.")
    return value


def sent_data_id(body: Any) -> dict[str, str | int]:
    """`dataId` as it was sent, for the response to repeat; empty if the body has none or an invalid one.

    So no response, not even an error, repeats more than 128 characters of it.
    """
    try:
        named = isinstance(body, Mapping) and data_id(body) is not None
    except VisageError:
        named = False
    return {"dataId": body["dataId"]} if named else {}


def seed(body: Body) -> str:
    """The seed of the callbacks' checksum."""
    return _matching(body, "seed", SEED, "1 to 64 letters, digits or '_'")


def text(body: Body, name: str) -> str | None:
    """A text of at most `TEXT_LIMITS[name]` characters; None if the field is missing."""
    value = body.get(name)
    if value is not None and not (isinstance(value, str) and len(value) <= TEXT_LIMITS[name]):
        raise invalid(f"{name} must be a text of at most {TEXT_LIMITS[name]} characters.")
    return value


def whole(body: Body, name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`, sent as number or text; `default` if the field is missing."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise invalid(f"{name} must be a whole number from {low} to {high}.")
    return value


def as_text(value: Any) -> Any:
    """An id as text, because PHP and JavaScript send whole numbers as numbers. Other values are returned unchanged."""
    return str(value) if type(value) is int else value


def flag(body: Body, name: str) -> bool:
    """A boolean, sent as such or as text; false if the field is missing."""
    value = body.get(name)
    if value not in (None, True, False, "true", "false"):
        raise invalid(f"{name} must be true or false.")
    return value in (True, "true")


def invalid(sentence: str) -> VisageError:
    """The error of an invalid field; the sentence names the field and its rule."""
    return VisageError(Reason.FIELD_INVALID, sentence)


def _matching(body: Body, name: str, pattern: re.Pattern[str], rule: str) -> str:
    value = as_text(body.get(name))
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise invalid(f"{name} must be {rule}.")
    return value


def _list(body: Body, name: str, limit: int) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        raise invalid(f"{name} must be a list of 1 to {limit}.")
    return value
