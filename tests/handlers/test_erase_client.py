"""`visage erase-client` and `visage purge`: all that a client has is erased, and others keep what they have."""

import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from cli.main import main
from cli.privacy import erasure
from tests.handlers.test_verify_erasure import a_message_that_was_given_up, an_unfinished_upload, put
from tests.support.deployed import describe
from tests.support.interleaving import Kill, Killed, watched
from tests.support.library import enrol, save_table
from visage import aws
from visage.access import grants, trail
from visage.access.clients import ClientStore
from visage.access.nonces import spend
from visage.gallery.persons import usage
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack
from visage.settings import settings

EPOCH = datetime.fromtimestamp(0, UTC)
BUCKETS = ("visage-uploads", "visage-faces", "visage-snapshots")


@pytest.fixture
def store(deployment, monkeypatch):
    monkeypatch.setenv("VISAGE_VECTORS_FROM", "2")
    settings.cache_clear()
    describe(monkeypatch)
    monkeypatch.setattr(erasure.time, "sleep", lambda _seconds: None)
    return clients()


@pytest.fixture
def client(store):
    """A client with something in every store, next to one whose library begins with the same letters."""
    client = store.create("shop", library="acme")
    store.create("other", library="acme.de")
    for name in ("acme", "acme.de"):
        fill(name)
    spend(client.id, "once", "r-1")
    an_unfinished_upload()
    a_message_that_was_given_up()
    return client


def clients():
    return ClientStore("/visage/visage/clients/", aws.client("ssm"))


def fill(name):
    library = Library(name)
    enrol(library, "ann", ["staff", "large"], [1, 2, 3])
    enrol(library, "ben", ["staff"], [4])
    library.delete_person("ben")
    put("visage-faces", f"{name}/{library.person('ann').born}/1")
    put("visage-uploads", f"{name}/uploads/1.jpg")
    pack(name)
    enrol(library, "cat", ["staff"], [5])


def contents(name):
    """Whatever is left of a library, but for the sign that it is closed."""
    found = [row["pk"]["S"] for row in save_table() if row["pk"]["S"].split("#")[1] == name]
    for bucket in BUCKETS:
        listed = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{name}/").get("Contents", [])
        found += [entry["Key"] for entry in listed]
    return sorted(found)


def indexes():
    bucket = settings().vector_bucket
    return [each["indexName"] for each in aws.client("s3vectors").list_indexes(vectorBucketArn=bucket)["indexes"]]


def test_all_of_a_client_is_erased_and_nothing_of_others(client, store, capsys):
    others, before = contents("acme.de"), indexes()
    assert contents("acme") and len(before) == 4
    assert main(["erase-client", client.id]) == 0
    assert contents("acme") == [] and contents("acme.de") == others
    assert len(indexes()) == 2
    assert clients().find(client.id) is None
    assert not [row for row in save_table() if client.id in row["pk"]["S"]]
    uploads = aws.client("s3").list_multipart_uploads(Bucket="visage-uploads")
    assert not uploads.get("Uploads")
    assert f"{client.id} is erased" in capsys.readouterr().out
    assert [each.outcome for each in trail.read("acme", EPOCH) if each.operation == "EraseClient"] == [
        "BEGUN", "OK",
    ]  # fmt: skip


def test_a_dry_run_counts_and_erases_nothing(client, store, capsys):
    before = contents("acme")
    assert main(["erase-client", client.id, "--dry-run"]) == 0
    counted = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert {name.strip(): int(number) for name, number in counted.items() if name.strip() != "rows of the table"} == {
        "vector indexes": 2,
        "images of faces": 1,
        "snapshots of groups": 2,
        "uploads and results": 1,
        "unfinished uploads": 1,
        "given-up messages": 1,
    }
    assert contents("acme") == before and clients().find(client.id).active


def test_it_waits_for_what_is_under_way_before_it_erases_again(client, monkeypatch, capsys):
    def sleep(seconds):
        assert seconds == pytest.approx(erasure.SETTLE_SECONDS, abs=20)
        assert seconds > grants.SECONDS, "what the key gave last holds so long"
        assert contents("acme") == []
        put("visage-faces", "acme/late/1")
        put("visage-uploads", "acme/uploads/late.jpg")

    monkeypatch.setattr(erasure.time, "sleep", sleep)
    assert main(["erase-client", client.id]) == 0
    assert contents("acme") == []


def test_who_does_not_wait_keeps_the_disabled_key_and_comes_again(client, store, monkeypatch, capsys):
    assert main(["erase-client", client.id, "--now"]) == 1
    assert "run this again in 35 minutes" in capsys.readouterr().out
    assert contents("acme") == [] and not clients().find(client.id).active
    put("visage-faces", "acme/late/1")
    later = time.time() + erasure.SETTLE_SECONDS
    monkeypatch.setattr(erasure.time, "time", lambda: later)
    assert main(["erase-client", client.id, "--now"]) == 0
    assert contents("acme") == [] and clients().find(client.id) is None
    capsys.readouterr()
    assert main(["erase-client", client.id, "--now"]) == 2
    assert capsys.readouterr().err.startswith(f"visage: no client has the id {client.id}, and no library is named")


def test_an_erased_library_is_told_from_one_that_never_was(client, store, capsys):
    assert main(["erase-client", client.id]) == 0
    capsys.readouterr()
    for command in (["verify-erasure", "ann"], ["enrol", ".", "--group", "staff"], ["reembed", "staff"]):
        assert main([*command, "--library", "acme"]) == 2, command
        assert f"the library acme was erased on {datetime.now(UTC):%F}" in capsys.readouterr().err
    assert main(["audit", "--library", "acme"]) == 0, "who erased it, and when, can still be shown"
    assert "EraseClient" in capsys.readouterr().out
    assert main(["audit", "--library", "acne"]) == 2


def test_a_library_without_a_key_can_still_be_erased(client, store, capsys):
    shared = store.create("keyless")
    fill(shared.id)
    store.delete(shared.id)
    assert main(["erase-client", shared.id]) == 0
    assert contents(shared.id) == []
    assert main(["erase-client", shared.id]) == 2
    assert "was erased on" in capsys.readouterr().err

def test_it_may_be_interrupted_at_any_call_and_started_again(client, store):
    for number in count():
        try:
            with watched(Kill(number, after=True)):
                status = main(["erase-client", client.id])
                assert status == 0 or clients().find(client.id) is None, "all but the last answer was done before"
        except Killed:
            continue
        break
    assert number > 20
    assert contents("acme") == [] and clients().find(client.id) is None and len(indexes()) == 2


def test_a_library_that_others_share_stays(client, store, capsys):
    store.create("till", library="acme")
    before = contents("acme")
    assert main(["erase-client", client.id]) == 0
    assert contents("acme") == before and clients().find(client.id) is None
    assert "the library acme is kept" in capsys.readouterr().out


def test_an_erased_library_takes_no_late_drop_until_somebody_is_added(client):
    main(["erase-client", client.id])
    library = Library("acme")
    assert library.closed()
    library.add_person("dan", ["staff"])
    assert not library.closed()


def test_a_dry_run_of_the_purge_lists_who_was_of_no_use(store, monkeypatch, capsys):
    for person_id in ("ann", "ben"):
        enrol(Library("acme"), person_id, ["staff"], [])
    later = usage.today() + timedelta(days=31)
    monkeypatch.setattr(usage, "today", lambda: later)
    usage.mark("acme", ["ben"])
    assert main(["purge", "--dry-run"]) == 0
    assert "0 unused for" in capsys.readouterr().out
    assert main(["purge", "--dry-run", "--days", "30"]) == 0
    out = capsys.readouterr().out
    assert "acme  ann  last used on " in out and "1 unused for" in out and "ben" not in out
    assert Library("acme").person("ann")
    assert main(["purge", "--days", "30"]) == 0
    assert capsys.readouterr().out == "1 purged\n"
    assert Library("acme").persons(["ann", "ben"]).keys() == {"ben"}
    (who,) = {each.who for each in trail.read("acme", EPOCH) if each.operation == "PurgePerson"}
    assert who.startswith("arn:aws:"), "the operator, and not the function that purges by itself"
