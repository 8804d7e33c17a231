"""Sessions of interactive liveness: each can be used once, by its client, in time."""

import pytest

from tests.support.liveness import ACTIONS, ask, begin
from visage import aws
from visage.access.clients import clients
from visage.liveness import sessions, verify

pytestmark = pytest.mark.usefixtures("deployment")

STILL = ["base64://AAAA"] * 8


@pytest.fixture(autouse=True)
def arranged(monkeypatch):
    monkeypatch.setattr(sessions, "draw", lambda _count: ACTIONS)


@pytest.fixture
def client():
    return clients().create("tests")


def test_a_session_names_its_actions_and_ends_in_three_minutes(client, monkeypatch):
    monkeypatch.setattr(sessions.time, "time", lambda: 1795176000.7)
    data = begin(client)
    assert data["actions"] == ["blink", "shake"]
    assert (data["code"], data["expiresAt"]) == (200, "2026-11-20T12:03:00Z")
    assert data["advice"]["frames"] == {"least": 8, "most": 60}
    assert data["advice"]["framesPerSecond"] == {"least": 5, "most": 15, "best": 8}
    assert len(data["sessionId"]) == 32 and data["sessionId"] != begin(client)["sessionId"]


def test_a_session_can_be_used_once_even_when_the_attempt_failed(client):
    session = begin(client)["sessionId"]
    first = ask("verify_liveness", client, {"sessionId": session, "urls": STILL})
    assert first[0] == 590, first
    code, message = ask("verify_liveness", client, {"sessionId": session, "urls": STILL})
    assert (code, message) == (400, "The session was used already: ask for another one.")


def test_what_cannot_be_an_answer_leaves_the_session_as_it_is(client):
    session = begin(client)["sessionId"]
    for urls in (None, [], STILL[:7], STILL * 8, [*STILL, 7]):
        assert ask("verify_liveness", client, {"sessionId": session, "urls": urls})[0] == 400
    assert ask("verify_liveness", client, {"sessionId": session, "urls": STILL})[0] == 590


def test_a_clip_of_sixty_one_frames_is_told_how_many_there_may_be(client):
    session = begin(client)["sessionId"]
    code, message = ask("verify_liveness", client, {"sessionId": session, "urls": [*STILL * 7, *STILL[:5]]})
    assert code == 400 and "8 to 60 frames" in message and "61 were given" in message


def test_an_expired_session_is_told_from_one_that_never_was(client, monkeypatch):
    session = begin(client)["sessionId"]
    now = sessions.time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.SECONDS + 1)
    code, _ = ask("verify_liveness", client, {"sessionId": session, "urls": STILL})
    assert code == 594
    assert ask("verify_liveness", client, {"sessionId": "x" * 32, "urls": STILL})[0] == 404


def test_a_session_of_another_client_is_unknown_and_stays_unused(client):
    session = begin(client)["sessionId"]
    unknown = ask("verify_liveness", client, {"sessionId": "x" * 32, "urls": STILL})
    for stranger in (clients().create("a colleague", library=client.id), clients().create("a stranger")):
        assert ask("verify_liveness", stranger, {"sessionId": session, "urls": STILL}) == unknown
    assert ask("verify_liveness", client, {"sessionId": session, "urls": STILL})[0] == 590


def test_a_session_is_spent_before_its_frames_are_looked_at(client, monkeypatch):
    session = begin(client)["sessionId"]
    later = []

    def see(*_arguments):
        later.append(ask("verify_liveness", client, {"sessionId": session, "urls": STILL}))
        return {}

    monkeypatch.setattr(verify, "see_each", see)
    assert ask("verify_liveness", client, {"sessionId": session, "urls": STILL})[0] == 581
    assert later[0][0] == 400


def test_a_row_of_a_session_goes_by_itself(client):
    session = begin(client)["sessionId"]
    key = {"pk": {"S": f"SESSION#{client.id}#{session}"}, "sk": {"S": "SESSION"}}
    row = aws.client("dynamodb").get_item(TableName="visage", Key=key)["Item"]
    assert int(row["expires"]["N"]) > int(row["until"]["N"])
