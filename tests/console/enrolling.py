"""People in the library before the page is opened."""

from pathlib import Path
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

from demo.calls import inline
from demo.library import call_green
from local.stack import Stack

PEOPLE = {"barack": ("Barack", "obama.jpg"), "joe": ("Joe", "biden.jpg")}


TRIES = 5
"""A machine under load may not look at a photo in the time that a call has."""


def enrol(stack: Stack, photos: Path) -> None:
    """Two persons in the group `team`, a face each."""
    assert stack.client
    client = AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou", timeout=60)
    for person, (name, photo) in PEOPLE.items():
        call_green(client, stack.url, "AddPerson", {"personId": person, "name": name, "groupIds": ["team"]})
        body = {"personId": person, "urls": [inline((photos / photo).read_bytes())]}
        assert any(_added(client, stack, body) for _try in range(TRIES))


def _added(client: AcsClient, stack: Stack, body: dict[str, Any]) -> bool:
    try:
        return call_green(client, stack.url, "AddFaces", body)["data"]["faceImageItems"][0]["success"]
    except (KeyError, ServerException):
        return False
