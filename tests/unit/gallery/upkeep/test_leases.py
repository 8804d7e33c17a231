"""Leases: one packer at a time writes to a group's vector index."""

import pytest

from tests.support.interleaving import Killed
from tests.unit.gallery.upkeep.conftest import Clock
from visage.errors import Reason, VisageError
from visage.gallery.upkeep.leases import Lease

pytestmark = pytest.mark.usefixtures("deployment")


def test_a_lease_is_taken_by_one_extended_by_its_holder_and_given_back(clock: Clock) -> None:
    lease = Lease.acquire("acme", "g")
    assert lease and Lease.acquire("acme", "g") is None
    clock.now += 50
    assert list(lease.while_held("ab")) == ["a", "b"]
    clock.now += 50
    assert Lease.acquire("acme", "g") is None, "it was extended on the way"
    with lease:
        pass
    assert Lease.acquire("acme", "g")


def test_a_holder_that_ends_by_surprise_keeps_its_lease_till_it_runs_out(clock: Clock) -> None:
    lease = Lease.acquire("acme", "g")
    assert lease
    with pytest.raises(Killed), lease:
        raise Killed
    assert Lease.acquire("acme", "g") is None
    clock.now += 61
    assert Lease.acquire("acme", "g")


def test_who_was_late_does_not_write(clock: Clock) -> None:
    lease = Lease.acquire("acme", "g")
    assert lease
    clock.now += 61
    assert Lease.acquire("acme", "g")
    with pytest.raises(VisageError) as late:
        next(lease.while_held(["a vector"]))
    assert late.value.reason is Reason.CONTENDED
