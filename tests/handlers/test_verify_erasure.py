"""`visage verify-erasure` finds every remnant of a person in every store, and nothing where there is none."""

import json

import pytest

from cli.main import main
from tests.support.deployed import describe
from tests.support.library import enrol
from visage import aws
from visage.access import trail
from visage.access.trail import Record
from visage.gallery.index import snapshot_files
from visage.gallery.index.segments import build
from visage.gallery.index.vectors import VectorIndex, new_name
from visage.gallery.persons import rows
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack
from visage.jobs import rows as jobs
from visage.settings import settings

UPLOADS, FACES, SNAPSHOTS = "visage-uploads", "visage-faces", "visage-snapshots"


@pytest.fixture
def library(deployment, monkeypatch):
    """Ben, a member of groups named like other persons, and nobody else."""
    describe(monkeypatch)
    library = Library("acme")
    enrol(library, "ben", ["staff", "ann"], [1], "Ben")
    pack("acme")
    return library


@pytest.fixture
def verify(capsys):
    """Exit status, and the findings in each store."""

    def verify(person_id="ann", name="acme"):
        status = main(["verify-erasure", person_id, "--library", name])
        out = capsys.readouterr().out
        found = {line[:22].strip(): int(line[64:70]) for line in out.splitlines()[1:] if line[64:70].strip().isdigit()}
        return status, found, out

    return verify


def put_row(**attributes):
    aws.client("dynamodb").put_item(TableName="visage", Item={name: {"S": text} for name, text in attributes.items()})


def put(bucket, key, content=b"-"):
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=content)


def a_person():
    enrol(Library("acme"), "ann", ["staff"], [])
    for change in Library("acme").changes():
        Library("acme").settle(change)
    aws.client("dynamodb").delete_item(TableName="visage", Key=rows.usage_key("acme", "ann"))


def a_change():
    put_row(pk="CHANGED#acme", sk="ann")


def a_use():
    put_row(pk="USED#acme", sk="ann", last_use="2026-01-01")


def the_progress_of_an_index():
    put_row(pk="INDEX#acme", sk="staff", filled="index-1/ann")


def a_scans_result():
    entry = json.dumps({"results": [{"topPersonData": [{"persons": [{"personId": "ann", "name": "Ann"}]}]}]})
    put_row(**{name: value["S"] for name, value in jobs.key("acme", "img1").items()}, entry=entry)


def a_row_of_a_kind_that_is_new():
    put_row(pk="SESSION#acme#1", sk="SESSION", about="ann")


def an_image_of_nobody():
    put(FACES, "acme/0123456789abcdef/1")


def a_former_version_of_an_image():
    aws.client("s3").put_bucket_versioning(Bucket=FACES, VersioningConfiguration={"Status": "Enabled"})
    put(FACES, "acme/0123456789abcdef/1")
    aws.client("s3").delete_object(Bucket=FACES, Key="acme/0123456789abcdef/1")


def a_file_that_no_edition_names():
    snapshot_files.write("acme", "staff", build({"ann": a_member()}))


def a_file_that_says_who_is_gone():
    snapshot_files.write("acme", "staff", build({"ann": None}))


def a_member():
    other = Library("elsewhere")
    enrol(other, "ann", ["staff"], [7])
    return other.person("ann")


def a_vector():
    index = VectorIndex(new_name("acme", "staff"))
    index.create()
    index.put([a_member()])


def a_drop():
    put(UPLOADS, "acme/enrol/staff/ann/1.jpg")


def what_was_said_of_a_drop():
    put(UPLOADS, "acme/results/enrol/staff/ann/1.jpg.json", b"{}")


def what_was_said_of_another_ones_drop():
    conflict = {"data": {"faceImageItems": [{"conflicts": [{"personId": "ann"}]}]}}
    put(UPLOADS, "acme/results/enrol/staff/ben/1.jpg.json", json.dumps(conflict).encode())


def an_unfinished_upload():
    aws.client("s3").create_multipart_upload(Bucket=UPLOADS, Key="acme/enrol/staff/ann/1.jpg")


def a_message_that_was_given_up():
    stored = {"bucket": {"name": UPLOADS}, "object": {"key": "acme/enrol/staff/ann/1+1.jpg"}}
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="UploadDeadLetters")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"requestPayload": {"Records": [{"s3": stored}]}}))


PLANTS = {
    "rows of the table": [
        *(a_person, a_change, a_use, the_progress_of_an_index, a_scans_result, a_row_of_a_kind_that_is_new),
    ],
    "images of faces": [an_image_of_nobody, a_former_version_of_an_image],
    "snapshots of groups": [a_file_that_no_edition_names, a_file_that_says_who_is_gone],
    "vector indexes": [a_vector],
    "uploads and results": [a_drop, what_was_said_of_a_drop, what_was_said_of_another_ones_drop],
    "unfinished uploads": [an_unfinished_upload],
    "given-up messages": [a_message_that_was_given_up],
}


def test_a_person_that_never_existed_has_no_remnants(library, verify):
    status, found, out = verify()
    assert status == 0 and set(found) == set(PLANTS) and set(found.values()) == {0}
    assert "nothing is left of ann" in out


@pytest.mark.parametrize(
    ("store", "plant"),
    [(store, plant) for store, plants in PLANTS.items() for plant in plants],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_each_remnant_is_found_in_its_store(library, verify, store, plant):
    plant()
    status, found, out = verify()
    assert status == 1 and "1 remnants of ann" in out
    assert {name: count for name, count in found.items() if count} == {store: 1}


def test_an_existing_person_is_found_in_every_store(library, verify):
    status, found, _out = verify("ben")
    assert status == 1
    assert (found["rows of the table"], found["snapshots of groups"]) == (2, 2)


def test_another_librarys_person_of_the_same_id_is_ignored(library, verify):
    other = Library("acme.de")
    enrol(other, "ann", ["staff"], [7])
    put(UPLOADS, "acme.de/enrol/staff/ann/1.jpg")
    put(FACES, f"acme.de/{other.person('ann').born}/1")
    pack("acme.de")
    assert verify()[0] == 0
    assert verify(name="acme.de")[0] == 1


def test_a_longer_id_is_another_persons(library, verify):
    enrol(library, "ann-2", ["staff"], [8])
    put(UPLOADS, "acme/enrol/staff/ann-2/1.jpg")
    put(UPLOADS, "acme/enrol/ann/ben/1.jpg")
    assert verify()[0] == 0


def test_the_trail_and_the_deletion_record_are_kept_and_reported(library, verify):
    enrol(library, "ann", ["staff"], [])
    library.delete_person("ann")
    pack("acme")
    for key in [entry["Key"] for entry in snapshot_files.stored("acme")]:
        if key not in {file.key for group in ("staff", "ann") for file in snapshot_files.edition("acme", group).files}:
            snapshot_files.remove(key)
    trail.write(Record("acme", "LTAI", "DeletePerson", "r-1", trail.OK, {"persons": ["ann"]}))
    _status, _found, out = verify()
    assert "kept on purpose: the deletion record, until " in out
    assert "kept on purpose: 1 records of the audit trail" in out


def test_what_cannot_be_checked_is_reported(library, verify):
    dynamodb = aws.client("dynamodb")
    out = verify()[2]
    assert "cannot be checked: memory of idle functions" in out and "recovery: off" in out
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="visage", PointInTimeRecoverySpecification=recovery)
    dynamodb.create_backup(TableName="visage", BackupName="before-the-move")
    out = verify()[2]
    assert "recovery: 35 days" in out and "before-the-move" in out


def test_an_id_that_nobody_can_have_is_refused(library, capsys):
    assert main(["verify-erasure", "no such id", "--library", "acme"]) == 2
    assert "a person's id is" in capsys.readouterr().err


def test_scheduled_purges_can_run_first(library, verify, capsys):
    enrol(library, "ann", ["staff"], [3])
    pack("acme")
    enrol(library, "cat", ["staff"], [4])
    library.delete_person("ann")
    assert verify()[0] == 1
    assert main(["verify-erasure", "ann", "--library", "acme", "--purge"]) == 0
    assert "nothing is left of ann" in capsys.readouterr().out


def test_a_missing_library_proves_nothing(library, capsys):
    assert main(["verify-erasure", "ann", "--library", "acne"]) == 2
    assert capsys.readouterr().err == "visage: no library is named 'acne'\n"


def test_without_a_vector_bucket_the_other_stores_are_checked(library, verify, monkeypatch):
    monkeypatch.setenv("VISAGE_VECTOR_BUCKET", "")
    describe(monkeypatch)
    status, found, out = verify()
    assert status == 0 and set(found) == set(PLANTS) and "none in this deployment" in out
    assert settings().vectors_from > 10**9, "and no group moves there"
