"""Rate limits of clients, per second and per day, and their cost."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.support.edge import call
from tests.support.events import rpc_event
from tests.template.document import functions
from visage import aws, table
from visage.access import limits
from visage.access.clients import clients
from visage.errors import Reason, VisageError
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC).timestamp()


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = MIDNIGHT - 3600

        def time_ns(self):
            return round(self.now * 1e9)

    clock = Clock()

    class Calendar(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(clock.now, tz)

    monkeypatch.setattr(limits, "time", clock)
    monkeypatch.setattr(limits, "datetime", Calendar)
    monkeypatch.setattr(limits, "_full", {})
    return clock


@pytest.fixture
def writes(monkeypatch):
    """The writes, call by call."""
    made, update = [], table.update
    monkeypatch.setattr(table, "update", lambda *arguments: made.append(arguments) or update(*arguments))
    return made


def passes(client, action="CompareFaces"):
    try:
        limits.take(client, action)
    except VisageError as error:
        assert error.reason is Reason.THROTTLED
        return False
    return True


@pytest.mark.slow
def test_a_second_never_has_more_calls_than_the_rate(clock):
    client = clients().create("till", rate=10)
    taken = []
    for _tick in range(1000):
        if passes(client):
            taken.append(clock.now)
        clock.now += 0.005
    assert len(taken) == 10 + 50 - 1, "what the bucket holds, and what five seconds add"
    assert all(later - earlier > 0.995 for earlier, later in zip(taken[10:], taken[20:], strict=False))


def test_a_client_within_its_rate_is_never_refused(clock):
    client = clients().create("till", rate=3)
    for _call in range(30):
        assert passes(client)
        clock.now += 0.334


def test_clients_and_kinds_have_separate_limits(clock):
    busy, calm = clients().create("busy", rate=1), clients().create("calm", rate=1)
    assert passes(busy) and not passes(busy)
    assert passes(calm)
    assert passes(busy, "AddPerson") and not passes(busy, "GetPerson"), "persons and faces have a bucket of their own"


def test_containers_share_a_bucket(clock, monkeypatch):
    client = clients().create("till", rate=4)
    taken = 0
    for _call in range(8):
        monkeypatch.setattr(limits, "_full", {})  # as in a new container
        taken += passes(client)
    assert taken == 4


def test_a_call_costs_one_write_at_either_pace(clock, writes):
    client = clients().create("till", rate=10)
    for _call in range(20):
        passes(client)
        clock.now += 0.5
    assert len(writes) == 20
    writes.clear()
    for _call in range(40):
        passes(client)
        clock.now += 0.1
    assert len(writes) <= 41


def test_a_client_without_limits_costs_nothing(clock, writes):
    assert all(passes(clients().create("till", rate=0, daily=0)) for _call in range(3))
    assert writes == []


def test_the_deployments_limits_apply_to_clients_without_their_own(clock, monkeypatch):
    monkeypatch.setenv("VISAGE_CLIENT_RATE", "2")
    monkeypatch.setenv("VISAGE_LIBRARY_RATE", "1")
    settings.cache_clear()
    client = clients().create("till")
    assert [passes(client) for _call in range(3)] == [True, True, False]
    assert [passes(client, "AddFaces") for _call in range(2)] == [True, False]


def test_the_daily_limit_covers_all_kinds_and_resets_at_midnight(clock):
    client = clients().create("till", rate=0, daily=3)
    assert [passes(client, action) for action in ("CompareFaces", "AddPerson", "GetGroups", "CompareFaces")] == [
        True, True, True, False,
    ]  # fmt: skip
    clock.now = MIDNIGHT
    assert passes(client)
    (row,) = (item for item in aws.client("dynamodb").scan(TableName="visage")["Items"])
    assert [name for name in row if name.startswith("day")] == ["day20261121"], "the former day is forgotten"


def test_a_rate_and_a_day_are_counted_in_one_write(clock, writes):
    client = clients().create("till", rate=2, daily=3)
    given = []
    for _call in range(6):
        given.append(passes(client))
        clock.now += 0.5
    assert given == [True] * 3 + [False] * 3
    assert len(writes) <= 8
    assert all(int(a[4]["#day"][3:]) <= int(b[4]["#day"][3:]) for a, b in pairwise(writes))


def test_a_throttled_client_gets_the_clouds_own_message(client):
    other = clients().create("busy", rate=1)
    assert call(rpc_event(other))[0] == 200
    status, body = call(rpc_event(other))
    assert (status, body["Code"]) == (429, "Throttling.User")
    assert "1 such requests a second" in json.dumps(body)


def test_a_repeated_request_does_not_count(client, monkeypatch):
    counted = []
    monkeypatch.setattr(limits, "take", lambda *arguments: counted.append(arguments))
    event = rpc_event(client)
    call(event)
    event["requestContext"]["requestId"] = "another request"
    assert call(event)[1]["Code"] == "SignatureNonceUsed"
    call(rpc_event(client, secret="wrong"))
    assert len(counted) == 1


def test_the_persons_and_faces_actions_are_those_of_their_routes():
    routes = {
        name.removesuffix("Function"): event["Properties"]["Path"]
        for name, function in functions().items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    }
    ours = {name for name, path in routes.items() if path.startswith("/green/sface/")} - {"SearchPerson"}
    assert ours == limits.LIBRARY
