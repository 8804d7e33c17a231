"""Responses of Green, whose business errors come with HTTP status 200."""

from typing import Any


class Refused(Exception):
    """Green's number, `Code` and message."""


def data_of(answer: dict[str, Any]) -> Any:
    """The response's data. Raises Refused."""
    if answer["code"] != 200:
        raise Refused(answer["code"], answer["Code"], answer["msg"])
    assert (answer["msg"], len(answer["requestId"])) == ("OK", 36)
    return answer["data"]
