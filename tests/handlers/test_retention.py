"""Purges of persons that were neither enrolled nor found for a long time, in process."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from purge_expired import app as purge_expired
from tests.support.erasure import remnants, settle
from tests.support.interleaving import watched
from tests.support.library import enrol
from visage.access import trail
from visage.erasure import persons, retention
from visage.gallery.persons import usage
from visage.gallery.persons.store import Library
from visage.settings import settings

EPOCH = datetime.fromtimestamp(0, UTC)


@pytest.fixture
def acme(deployment):
    return Library("acme")


@pytest.fixture
def day(monkeypatch):
    """Shift today by this number of days."""
    start = usage.today()

    def move(days):
        monkeypatch.setattr(usage, "today", lambda: start + timedelta(days=days))
        monkeypatch.setattr("visage.gallery.persons.transaction.today", usage.today)

    return move


def test_a_person_unused_for_a_year_is_purged(acme, day):
    enrol(acme, "ann", ["staff"], [1])
    enrol(acme, "ben", ["staff"], [2])
    day(100)
    usage.mark("acme", ["ben"])
    enrol(acme, "cat", ["staff"], [3])
    day(365)
    assert list(retention.unused(365)) == []
    day(366)
    assert [person.person_id for person in retention.unused(365)] == ["ann"]
    purge_expired.handler({"id": "e-1"}, None)
    assert acme.persons(["ann", "ben", "cat"]).keys() == {"ben", "cat"}
    settle()
    assert remnants() == {}
    records = [(each.who, each.operation, each.outcome, each.ids) for each in trail.read("acme", EPOCH)]
    assert records == [("retention", "PurgePerson", outcome, {"persons": ["ann"]}) for outcome in ("BEGUN", "OK")]


def test_nobody_is_purged_where_the_deployment_says_never(acme, day, monkeypatch):
    monkeypatch.setenv("VISAGE_UNUSED_DAYS", "0")
    settings.cache_clear()
    enrol(acme, "ann", ["staff"], [1])
    day(5000)
    purge_expired.handler({"id": "e-1"}, None)
    assert acme.person("ann")


def test_a_person_found_just_before_the_purge_stays(acme, day):
    enrol(acme, "ann", ["staff"], [1])
    day(366)
    (ann,) = retention.unused(365)
    usage.mark("acme", ["ann"])
    assert not persons.delete_unused("acme", "ann", ann.last_use)
    assert acme.person("ann")


def test_a_purge_out_of_time_leaves_the_rest_to_the_next(acme, day):
    enrol(acme, "ann", ["staff"], [1])
    day(366)
    assert retention.purge_unused(365, "e-1", until=time.monotonic()) == 0
    assert retention.purge_unused(365, "e-1", until=time.monotonic() + 60) == 1


def test_a_use_is_recorded_once_a_day(acme, day):
    enrol(acme, "ann", ["staff"], [1])
    usage._mark.cache_clear()
    day(1)
    calls = []
    with watched(lambda operation, _parameters, call: (calls.append(operation), call())[1]):
        for _search in range(3):
            usage.mark("acme", ["ann"])
        day(2)
        usage.mark("acme", ["ann"])
    assert calls == ["UpdateItem"] * 2
