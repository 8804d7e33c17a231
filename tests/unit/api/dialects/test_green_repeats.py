"""Repeated requests of the Green dialect: nonces, and requests without one."""


import pytest

from tests.support.edge import call, green_read, green_write
from tests.support.events import green_event
from visage.access import nonces
from visage.api.security import admission

PATH = "/green/sface/groups"


def answered(event, function=green_read):
    """Status, Green's number and the other product's code."""
    status, body = call(event, function)
    return status, body["code"], body.get("Code")


@pytest.fixture
def later(monkeypatch):
    """Move the clock of the edge by some seconds."""

    class Clock:
        now = 0.0

        def time(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(admission, "time", clock)
    monkeypatch.setattr(nonces, "time", clock)

    def at(seconds):
        clock.now = START + seconds

    at(0)
    return at


START = 1_800_000_000
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


def repeat(event, number):
    return {**event, "requestContext": {**event["requestContext"], "requestId": f"repeat-{number}"}}


def test_a_nonce_is_used_up(client):
    event = green_event(client, PATH, x_acs_signature_nonce="n1")
    assert call(event, green_read)[1]["data"]["nonce"] == "n1"
    assert answered(repeat(event, 1)) == (400, 400, "SignatureNonceUsed")


def test_equal_writes_of_one_second_are_all_answered(client, later):
    event = green_event(client, PATH, {}, Date=DATE)
    for number, seconds in enumerate((0, 0, 1, 59)):
        later(seconds)
        assert answered(repeat(event, number), green_write)[0] == 200


@pytest.mark.parametrize("date_ahead", [-600, 0, 600])
def test_a_write_without_a_nonce_is_refused_a_minute_after_its_first_use(client, later, date_ahead):
    event = green_event(client, PATH, {}, Date=DATE)
    later(-date_ahead)
    assert answered(event, green_write)[0] == 200
    later(59 - date_ahead)
    assert answered(repeat(event, 1), green_write)[0] == 200
    later(60 - date_ahead)
    assert answered(repeat(event, 2), green_write) == (400, 400, "SignatureNonceUsed")


def test_a_write_that_arrives_late_for_the_first_time_is_answered(client, later):
    event = green_event(client, PATH, {}, Date=DATE)
    later(890)
    assert answered(event, green_write)[0] == 200


def test_reads_without_a_nonce_can_be_repeated_and_write_nothing(client, later, monkeypatch):
    monkeypatch.setattr(admission, "spend", None)
    event = green_event(client, PATH, {}, Date=DATE)
    for number, seconds in enumerate((0, 100, 800)):
        later(seconds)
        assert answered(repeat(event, number))[0] == 200
