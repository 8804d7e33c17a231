"""`visage export`, `import`, `restore` and `rebuild` on a deployment in memory."""

import io
import json
import stat

import numpy as np
import pytest
from PIL import Image

from cli.main import main
from tests.conftest import forget
from tests.support.deployed import describe
from tests.support.library import MODEL, embeddings, enrol, face, of_person, save_table
from visage import aws
from visage.access import trail
from visage.access.clients import ClientStore
from visage.erasure.persons import delete_person, remove_faces, sweep
from visage.gallery.index import snapshot_files
from visage.gallery.index.view import view
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack
from visage.gallery.upkeep.rebuild import rebuild
from visage.media.formats.essence import bare


def a_jpeg():
    Image.new("RGB", (8, 8), "teal").save(out := io.BytesIO(), "JPEG")
    return out.getvalue()


JPEG = bare(a_jpeg())[0]


@pytest.fixture
def library(deployment, monkeypatch):
    """Two persons of acme: ann with two faces, of which one has an image; ben with one. The library other is empty."""
    describe(monkeypatch)
    for name in ("acme", "other"):
        ClientStore("/visage/visage/clients/", aws.client("ssm")).create(name, library=name)
    library = Library("acme")
    enrol(library, "ann", ["staff", "guests"], [1], "Ann Ås")
    library.add_face(library.person("ann"), face(2, kept=True))
    FaceImages().put(image_key("acme", library.person("ann").born, face(2).id), JPEG, "image/jpeg")
    enrol(library, "ben", ["staff"], [3])
    pack("acme")
    return library


def run(capsys, *arguments):
    status = main([*arguments])
    return status, *capsys.readouterr()


def found(library, number):
    ((match, *_others),) = view(library, "staff").search(embeddings(1, seed=number), 1, model=MODEL)
    return match.person_id, round(match.similarity, 3)


def copied(rows):
    """A second table with these rows, as a restored one would be."""
    dynamodb = aws.client("dynamodb")
    described = dynamodb.describe_table(TableName="visage")["Table"]
    dynamodb.create_table(
        TableName="restored", BillingMode="PAY_PER_REQUEST",
        **{name: described[name] for name in ("KeySchema", "AttributeDefinitions")},
    )  # fmt: skip
    for row in rows:
        dynamodb.put_item(TableName="restored", Item=row)


def image_of(library, person_id, number):
    person = library.person(person_id)
    return FaceImages().read(image_key(library.name, person.born, face(number).id))


def test_a_library_moves_with_ids_faces_and_images(library, tmp_path, capsys):
    folder = tmp_path / "parcel"
    status, out, _err = run(capsys, "export", str(folder), "--library", "acme")
    assert (status, out) == (0, f"2 persons, 1 images of acme are in {folder}\n")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert run(capsys, "import", str(folder), "--library", "other")[0] == 0
    there = Library("other")
    for person_id in ("ann", "ben"):
        assert of_person(there.person(person_id)) == of_person(library.person(person_id))
    assert image_of(there, "ann", 2) == image_of(library, "ann", 2)
    assert found("other", 3) == ("ben", 1.0), "before anything is packed"
    pack("other")
    assert found("other", 3) == ("ben", 1.0)


def test_an_equal_person_is_left_alone_and_a_different_one_of_the_same_id_is_replaced(library, tmp_path, capsys):
    folder = str(tmp_path / "parcel")
    run(capsys, "export", folder, "--library", "acme")
    there = Library("other")
    enrol(there, "ann", ["visitors"], [9])
    FaceImages().put(old := image_key("other", there.person("ann").born, face(9).id), JPEG, "image/jpeg")
    enrol(there, "eve", ["visitors"], [8])
    assert "2 of 2 persons imported" in run(capsys, "import", folder, "--library", "other")[1]
    assert "0 of 2 persons imported" in run(capsys, "import", folder, "--library", "other")[1]
    assert set(there.persons(["ann", "ben", "eve"])) == {"ann", "ben", "eve"}
    assert of_person(there.person("ann")) == of_person(library.person("ann"))
    pack("other")
    assert old not in objects(), "nothing is left of the former one"
    assert image_of(there, "ann", 2) == JPEG
    assert [each.operation for each in records("other")].count("ImportLibrary") == 4, "begun and ended, twice"


def objects():
    return [entry["Key"] for entry in aws.client("s3").list_objects_v2(Bucket="visage-faces").get("Contents", [])]


def records(library):
    return trail.read(library, trail.datetime.fromtimestamp(0, trail.UTC))


def test_a_person_deleted_by_mistake_is_restored_and_stays(library, capsys):
    copied(save_table())
    before = of_person(library.person("ben"))
    delete_person("acme", "ben")
    remove_faces("acme", "ann", [face(1).id])
    enrol(library, "eve", ["staff"], [8])
    pack("acme")
    forget()
    assert found("acme", 3)[0] != "ben"
    status, out, _err = run(capsys, "restore", "restored", "--library", "acme", "--dry-run")
    assert (status, sorted(out.split()[:2])) == (0, ["ann", "ben"]) and "2 persons would come back" in out
    assert found("acme", 3)[0] != "ben"
    assert "1 persons came back" in run(capsys, "restore", "restored", "--library", "acme", "--person", "ben")[1]
    assert "1 persons came back" in run(capsys, "restore", "restored", "--library", "acme")[1]
    assert of_person(library.person("ben")) == before
    assert [each.id for each in library.person("ann").faces.values()] == [face(1).id, face(2).id]
    # Pending erasures of the deleted person must not affect the restored one.
    pack("acme")
    sweep(now=trail.time.time() + 3600)
    assert found("acme", 3) == ("ben", 1.0) and found("acme", 8) == ("eve", 1.0)
    assert image_of(library, "ann", 2) == JPEG


def test_a_face_without_its_image_is_restored(library, capsys):
    copied(save_table())
    delete_person("acme", "ann")
    run(capsys, "restore", "restored", "--library", "acme")
    assert [each.kept for each in library.person("ann").faces.values()] == [False, False]


def test_snapshots_are_rebuilt_from_rows_whatever_the_state_of_the_files(library, capsys):
    for entry in aws.client("s3").list_objects_v2(Bucket="visage-snapshots")["Contents"]:
        aws.client("s3").delete_object(Bucket="visage-snapshots", Key=entry["Key"])
    forget()
    with pytest.raises(Exception, match="acme/staff"):
        found("acme", 3)
    assert run(capsys, "rebuild", "--library", "acme")[:2] == (0, "2 persons of acme were repacked\n")
    forget()
    assert found("acme", 3) == ("ben", 1.0) and found("acme", 1) == ("ann", 1.0)
    assert not library.changes()


@pytest.mark.parametrize(
    ("content", "said"), [(None, "is not an exported library"), ("{}\n", "line 1 of"), ('{"id": "ann"', "line 1 of")]
)
def test_an_invalid_export_is_refused(library, tmp_path, capsys, content, said):
    if content is not None:
        (tmp_path / "persons.jsonl").write_text(content)
    status, _out, err = run(capsys, "import", str(tmp_path), "--library", "other")
    assert status == 2 and said in err


def test_an_export_overwrites_nothing(library, tmp_path, capsys):
    status, _out, err = run(capsys, "export", str(tmp_path), "--library", "acme")
    assert status == 2 and "exists already" in err


def test_embeddings_travel_bit_by_bit(library, tmp_path, capsys):
    folder = tmp_path / "parcel"
    run(capsys, "export", str(folder), "--library", "acme")
    lines = [json.loads(line) for line in (folder / "persons.jsonl").read_text().splitlines()]
    assert sorted(line["id"] for line in lines) == ["ann", "ben"]
    assert np.array_equal(library.person("ben").faces[face(3).id].embedding, embeddings(1, seed=3)[0])


def test_a_rebuilt_group_is_complete_whatever_the_packer_does_meanwhile(library, monkeypatch):
    publish, late = snapshot_files.publish, iter(["cat", "dan"])

    def meanwhile(*arguments, **options):
        if person := next(late, None):
            enrol(library, person, ["staff"], [{"cat": 10, "dan": 11}[person]])
            monkeypatch.setattr(snapshot_files, "publish", publish)
            pack("acme")
            monkeypatch.setattr(snapshot_files, "publish", meanwhile)
        return publish(*arguments, **options)

    monkeypatch.setattr(snapshot_files, "publish", meanwhile)
    rebuild(library, lambda: [row["pk"]["S"].rpartition("#")[2] for row in save_table() if row["sk"]["S"] == "PERSON"])
    forget()
    assert [found("acme", number)[0] for number in (1, 3, 10, 11)] == ["ann", "ben", "cat", "dan"]
