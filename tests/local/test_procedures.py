"""The procedures of docs/operations.md, tried on local stacks of the whole template, one after the other."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.config import Config

from cli.deployment.target import Target
from cli.main import main
from local.stack import Stack, serve
from tests.conftest import forget
from tests.support.library import MODEL, embeddings, enrol, of_person
from visage import aws
from visage.access.clients import REFRESH_SECONDS
from visage.gallery.index.view import view
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack

PARAMETERS = {"ClientRate": "0", "LibraryRate": "0"}


@contextmanager
def started(state: Path, **parameters: str) -> Iterator[Stack]:
    """A running stack, which this process takes for the deployment."""
    before = dict(os.environ)
    with pytest.MonkeyPatch.context() as patched, serve(state=state, parameters=PARAMETERS | parameters) as stack:
        patched.setattr(aws, "_TIMEOUTS", aws._TIMEOUTS.merge(Config(connect_timeout=10, read_timeout=60)))
        _forget()
        Target("visage", json.loads((state / "stack.json").read_text())).adopt()
        try:
            yield stack
        finally:
            os.environ.clear()
            os.environ.update(before)
            _forget()


def _forget() -> None:
    aws.client.cache_clear()
    aws.session.cache_clear()
    forget()


def run(capsys: pytest.CaptureFixture[str], stack: Stack, *arguments: str) -> str:
    """What a command prints; it must succeed."""
    status = main([*arguments, "--local", str(stack.state)])
    out, err = capsys.readouterr()
    assert status == 0, err
    return out


def nearest(library: str, number: int) -> str:
    ((match, *_others),) = view(library, "staff").search(embeddings(1, seed=number), 1, model=MODEL)
    return match.person_id


def point_in_time(name: str) -> None:
    """The table as it is now becomes another one, as DynamoDB's recovery has it."""
    dynamodb, table = aws.client("dynamodb"), os.environ["VISAGE_TABLE"]
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True)


def wait_until_saved(state: Path, table: str) -> None:
    """The local AWS saves a table that the template does not have only while it runs."""
    ends = time.monotonic() + 60
    while f'"{table}"' not in (state / "aws" / "dynamodb.json").read_text():
        assert time.monotonic() < ends
        time.sleep(0.2)


def test_persons_come_back_and_another_stack_takes_the_restored_table(tmp_path, capsys):
    state = tmp_path / "state"
    with started(state) as stack:
        library = stack.client.id
        for person, number in (("ann", 1), ("ben", 2)):
            enrol(Library(library), person, ["staff"], [number])
        pack(library)
        point_in_time("visage-restored")
        Library(library).delete_person("ben")
        pack(library)
        assert nearest(library, 2) == "ann"

        # Persons who are missing come back, without a pause.
        assert "ben\n1 persons came back" in run(capsys, stack, "restore", "visage-restored")
        assert nearest(library, 2) == "ben"
        enrol(Library(library), "eve", ["staff"], [3])
        pack(library)
        wait_until_saved(state, "visage-restored")

    # Another stack takes the restored table and the buckets that are there: it knows nobody who came later.
    with started(state, TableName="visage-restored") as stack:
        assert os.environ["VISAGE_TABLE"] == "visage-restored"
        assert "2 persons of" in run(capsys, stack, "rebuild", "--library", library)
        forget()
        assert (nearest(library, 2), nearest(library, 3) in ("ann", "ben")) == ("ben", True)
        assert run(capsys, stack, "persons", "list", "staff").split() == ["PERSON", "ann", "ben"], "by the functions"


def test_a_library_moves_into_another_stack_with_keys_of_its_own(tmp_path, capsys):
    folder = tmp_path / "parcel"
    with started(tmp_path / "one") as stack:
        library = stack.client.id
        for person, number in (("ann", 1), ("ben", 2)):
            enrol(Library(library), person, ["staff"], [number])
        before = {name: of_person(Library(library).person(name)) for name in ("ann", "ben")}
        run(capsys, stack, "export", str(folder))
    with started(tmp_path / "two") as stack:
        there = stack.client.id
        assert "2 of 2 persons imported" in run(capsys, stack, "import", str(folder), "--library", there)
        assert {name: of_person(Library(there).person(name)) for name in before} == before
        assert run(capsys, stack, "persons", "list", "staff").split() == ["PERSON", "ann", "ben"], "by the functions"
        keys_live_and_die(tmp_path, capsys, stack)


def keys_live_and_die(tmp_path: Path, capsys: pytest.CaptureFixture[str], stack: Stack) -> None:
    """Keys of clients: made, rotated with a time of grace, disabled."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    out = run(capsys, stack, "client", "create", "till", "--library", stack.client.id, "--save", str(first))
    key = re.search(r"AccessKeyId +(\S+)", out)[1]
    secret = json.loads(first.read_text())["accessKeySecret"]
    assert secret not in out and first.stat().st_mode & 0o077 == 0
    listed = ("persons", "list", "staff", "--client")
    assert "ann" in run(capsys, stack, *listed, str(first))
    run(capsys, stack, "client", "rotate", key, "--grace", "24", "--save", str(second))
    time.sleep(REFRESH_SECONDS)  # for so long a function trusts the secret that it has just read
    for file in (first, second):
        assert "ann" in run(capsys, stack, *listed, str(file)), "both work for a day"
    run(capsys, stack, "client", "disable", key)
    assert re.search(rf"{key} +till +disabled", run(capsys, stack, "client", "list"))
