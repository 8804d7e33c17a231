"""When a response of AWS is lost, botocore repeats the request: what was done once stays done once."""

import itertools
import secrets
import time
from datetime import UTC, datetime
from functools import partial

import pytest

from tests.support.interleaving import watched
from tests.support.jobs import CALLBACK, LIBRARY, RESULT, submit
from tests.support.library import enrol, face, save_objects, save_table
from visage import aws
from visage.access import nonces, trail
from visage.access.trail import Record
from visage.gallery.index import snapshot_files
from visage.gallery.index.snapshot_files import Edition
from visage.gallery.persons import usage
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.leases import Lease
from visage.gallery.upkeep.pack import pack
from visage.jobs import callbacks, scans
from visage.liveness import sessions
from visage.liveness.actions import Action
from visage.media import drops
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("queues", "same_chance", "pauses")


@pytest.fixture
def same_chance(monkeypatch):
    """Fix random numbers and the clock, so that the results of runs can be compared byte for byte."""
    monkeypatch.setattr(time, "time", lambda: 1_790_000_000.25)
    monkeypatch.setattr(sessions, "draw", lambda count: tuple(Action)[:count])
    monkeypatch.setattr(callbacks, "push", lambda *_arguments: 200)
    return monkeypatch

MORNING = datetime(2026, 11, 28, 8, tzinfo=UTC)


def _lease():
    lease = Lease.acquire(LIBRARY, "staff")
    assert lease is not None
    with lease:
        lease.extend(", filled = :filled", {":filled": {"S": "index/ann"}})
    return Lease.acquire(LIBRARY, "staff") is not None


def _task(**options):
    return scans.begin(LIBRARY, submit(**options))


def _finished(**options):
    return scans.finish(_task(**options), RESULT, {"ann"})


def _add(library):
    library.add_person("new", ["staff", "fresh"], "New")
    library.add_face(library.person("new"), face(3))


OPERATIONS = {
    "a record": lambda: partial(trail.write, Record(LIBRARY, "client", "AddPerson", "request", trail.OK, time=MORNING)),
    "a nonce": lambda: partial(nonces.spend, "client", "nonce", "request"),
    "a nonce with grace": lambda: partial(nonces.spend, "client", "nonce", "request", 60),
    "a session made": lambda: partial(sessions.create, LIBRARY, "client"),
    "a session spent": lambda: partial(
        sessions.spend, LIBRARY, "client", sessions.create(LIBRARY, "client").id, "request"
    ),
    "a lease": lambda: _lease,
    "a task handed over": lambda: partial(submit, callback=CALLBACK, result_key="acme/results/a.json"),
    "a task begun": lambda: partial(scans.begin, LIBRARY, submit()),
    "a task done": lambda: partial(scans.finish, _task(), RESULT, {"ann"}),
    "a task followed up": lambda: partial(
        scans.follow_up, _finished(callback=CALLBACK, result_key="acme/results/a.json")
    ),
    "a task missed": lambda: partial(scans.mark_late, _task(), RESULT),
    "a callback": lambda: partial(callbacks.deliver, LIBRARY, _finished(callback=CALLBACK).id),
    "a result forgotten": lambda: _finished(result_key="acme/results/a.json") and partial(scans.forget, LIBRARY, "ann"),
    "an object's result": lambda: partial(drops.write, "acme/results/a.json", {"sequencer": "01"}),
    "a person": lambda: partial(_add, Library(LIBRARY)),
    "a person deleted": lambda: lambda: Library(LIBRARY).delete_person("ann").faces.keys(),
    "a use": lambda: partial(usage.mark, LIBRARY, ["ann"]),
    "an edition": lambda: partial(snapshot_files.publish, LIBRARY, "staff", Edition(), []),
    "a packing": lambda: partial(pack, LIBRARY),
}
"""What makes an operation ready; the operation, which is then carried out."""


_runs = itertools.count(1)


def _outcome(monkeypatch, operation, handle):
    """What the operation returns, and everything that it leaves behind."""
    numbers, run = itertools.count(1), f"feed{next(_runs):04x}"  # a transaction's token is valid only once
    monkeypatch.setattr(secrets, "token_hex", lambda size: run + f"{next(numbers):0{2 * size - 8}x}")
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: run + f"{next(numbers):0{size * 4 // 3 - 8}d}")
    monkeypatch.setattr(secrets, "token_bytes", lambda size: next(numbers).to_bytes(size, "big"))
    _empty()
    enrol(Library(LIBRARY), "ann", ["staff"], [1])
    usage._mark.cache_clear()
    ready = operation()
    with watched(handle):
        result = ready()
    records = aws.client("dynamodb").scan(TableName=settings().audit_table)["Items"]
    left = (result, sorted(map(repr, save_table())), records, save_objects())
    return repr(left).replace(run, "-")


def _empty():
    for name, keys in ((settings().table, ("pk", "sk")), (settings().audit_table, ("library", "at"))):
        for row in aws.client("dynamodb").scan(TableName=name)["Items"]:
            aws.client("dynamodb").delete_item(TableName=name, Key={key: row[key] for key in keys})
    for bucket, key in save_objects():
        aws.client("s3").delete_object(Bucket=bucket, Key=key)


class Lost:
    """Performs the nth call, from 0, twice: its first response is lost."""

    def __init__(self, number=None):
        self._number = number
        self.made = 0

    def __call__(self, _operation, _parameters, call):
        lost = self.made == self._number
        self.made += 1
        if lost:
            call()
        return call()


@pytest.mark.parametrize("name", OPERATIONS)
def test_any_lost_answer_leaves_the_same_outcome(same_chance, name):
    plain = Lost()
    expected = _outcome(same_chance, OPERATIONS[name], plain)
    assert plain.made
    for number in range(plain.made):
        assert _outcome(same_chance, OPERATIONS[name], Lost(number)) == expected, number


def test_a_start_whose_answer_is_lost_counts_once():
    task_id = submit()
    with watched(Lost(0)):
        task = scans.begin(LIBRARY, task_id)
    assert task is not None and task.runs == 1
    again = scans.begin(LIBRARY, task_id)
    assert again is not None and again.runs == 2
