"""`visage enrol` on a deployment in memory whose function runs as soon as something is dropped, with real models."""

import re
import threading

import pytest
from PIL import Image

from cli.deployment.target import Target
from cli.main import main
from on_upload.app import handler
from tests.handlers.photos import portrait as small
from tests.handlers.test_reembed import stack
from tests.support.drops import event, keys
from visage import aws
from visage.access.clients import ClientStore
from visage.gallery import enrol as enrolment
from visage.gallery.persons.store import Library

__all__ = ["stack"]


class Dropping:
    """S3 and the function that it notifies, one at a time; or nothing behind it."""

    def __init__(self):
        self.s3, self.put, self.answered = aws.client("s3"), [], True
        self._lock = threading.Lock()

    def __getattr__(self, name):
        return getattr(self.s3, name)

    def put_object(self, **place):
        with self._lock:
            self.put.append(place["Key"])
            etag = self.s3.put_object(**place)["ETag"].strip('"')
            if self.answered:
                handler(event(place["Key"], etag), None)


@pytest.fixture
def dropping(stack, monkeypatch):
    ClientStore("/visage/visage/clients/", aws.client("ssm")).create("tests", library="acme")
    dropping, client = Dropping(), Target.client
    monkeypatch.setattr(
        Target, "client", lambda self, service, **given: dropping if service == "s3" else client(self, service, **given)
    )
    return dropping


@pytest.fixture
def photos(tmp_path):
    """Two photos of ann, one of ben, and stray files as such folders have them."""
    names = {"ann/1.jpg": "obama.jpg", "ann/张 三+.JPG": "obama2.jpg", "ben/1.jpeg": "biden.jpg"}
    for path, portrait in names.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        small(portrait).save(tmp_path / path, "JPEG", quality=90)
    for path in ("notes.txt", "ann/.DS_Store", "ann/._1.jpg", "ann/info.txt"):
        (tmp_path / path).write_bytes(b"not for us")
    (tmp_path / ".git").mkdir()
    return tmp_path


def run(capsys, folder, *options):
    status = main(["enrol", str(folder), "--group", "staff", "--at-once", "2", *options])
    return status, *capsys.readouterr()


def faces():
    return {person_id: len(person.faces) for person_id, person in Library("acme").persons(("ann", "ben")).items()}


def test_a_folder_is_enrolled_and_the_bucket_is_empty_afterwards(capsys, dropping, photos):
    status, out, err = run(capsys, photos)
    assert status == 0 and re.search(r"^ +3  enrolled$", out, re.MULTILINE) and "3 of 3 photos" in err
    assert faces() == {"ann": 2, "ben": 1} and Library("acme").groups() == ["staff"]
    assert keys("acme/enrol/") == [] and "WHY" not in out
    assert all(re.fullmatch(r"acme/enrol/staff/(ann|ben)/[0-9a-f]{64}\.jpe?g", key) for key in dropping.put)


def test_enrolled_photos_are_skipped_however_old(capsys, dropping, photos):
    run(capsys, photos)
    for key in keys("acme/results/"):  # as after a day
        aws.client("s3").delete_object(Bucket="visage-uploads", Key=key)
    dropping.put.clear()
    status, out, _err = run(capsys, photos)
    assert status == 0 and "3  already enrolled" in out and dropping.put == []


def test_it_continues_after_an_interruption(capsys, dropping, photos, monkeypatch):
    put = dropping.put_object

    def interrupted(**place):
        if len(dropping.put) == 1:
            raise KeyboardInterrupt
        put(**place)

    with monkeypatch.context() as once:
        once.setattr(dropping, "put_object", interrupted)
        status, out, _err = run(capsys, photos, "--at-once", "1")
    assert status == 130 and out.startswith("interrupted after 1 of 3 photos")
    status, out, _err = run(capsys, photos)
    assert status == 0 and "1  already enrolled" in out and "2  enrolled" in out
    assert len(dropping.put) == 3, "nothing is dropped twice"


def test_refused_photos_are_listed_with_the_reason(capsys, dropping, photos):
    Image.linear_gradient("L").save(photos / "ann" / "sky.png")
    (photos / "ben" / "huge.jpg").write_bytes(b"\xff\xd8\xff" + bytes(20 * 2**20))
    (photos / "no body").mkdir()
    for path in ("no body/1.jpg", "loose.jpg"):
        small("biden.jpg").save(photos / path)
    status, out, _err = run(capsys, photos)
    rows = [re.split(r"  +", line) for line in out.partition("PERSON")[2].splitlines()[1:]]
    assert status == 1 and "4  refused" in out and "3  enrolled" in out
    assert {(person, file): (code, why) for person, file, code, why in rows} == {
        ("ann", "sky.png"): ("400", "No face detected from given images."),
        ("ben", "huge.jpg"): ("589", "The image is too large. The image is larger than 20971520 bytes."),
        ("no body", "1.jpg"): ("400", "personId must be 1 to 32 letters, digits, '_' or '-'."),
        (photos.name, "loose.jpg"): ("400", "It is not in a person's folder."),
    }
    assert not [key for key in dropping.put if "no body" in key or "huge" in key]


def test_a_photo_without_a_face_is_not_dropped_again_but_a_full_person_is_tried_again(
    capsys, dropping, photos, monkeypatch
):
    Image.linear_gradient("L").save(photos / "ben" / "sky.png")
    with monkeypatch.context() as full:
        full.setattr(enrolment, "FACES", 1)
        status, out, _err = run(capsys, photos)
        assert status == 1 and "588" in out
    dropping.put.clear()
    status, out, _err = run(capsys, photos)
    assert status == 1 and "sky.png" in out and "588" not in out
    assert len(dropping.put) == 1 and faces() == {"ann": 2, "ben": 1}


def test_a_person_deleted_since_is_enrolled_again(capsys, dropping, photos):
    run(capsys, photos)
    Library("acme").delete_person("ben")
    Library("acme").leave("ann", ["staff"])
    dropping.put.clear()
    status, out, _err = run(capsys, photos)
    assert len(dropping.put) == 3 and "3  " in out
    assert Library("acme").person("ann").groups == {"staff"} and faces()["ann"] == 2


def test_similar_persons_are_named(capsys, dropping, photos):
    small("obama.jpg").save(photos / "ben" / "2.jpg", quality=80)
    status, out, _err = run(capsys, photos)
    assert status == 0 and re.search(r"(ann|ben) .*Enrolled, but similar to (ann|ben) \(\d+\.\d\)", out)


def test_a_missing_result_is_reported(capsys, dropping, photos):
    dropping.answered = False
    status, out, _err = run(capsys, photos, "--patience", "0")
    assert status == 1 and "3  no result in time" in out and out.count("There is no result yet.") == 3


@pytest.mark.parametrize(
    ("folder", "options", "said"),
    [
        ("nowhere", (), "nowhere: No such file or directory"),
        (".", (), "contains no photos"),
        (".", ("--group", "a b"), "groupId must be 1 to 32 letters"),
        (".", ("--library", "acme/enrol"), "no library is named 'acme/enrol'"),
        (".", ("--library", "acne"), "no library is named 'acne'"),
    ],
)
def test_a_run_that_cannot_start_says_why_in_one_sentence(capsys, dropping, tmp_path, folder, options, said):
    status, out, err = run(capsys, tmp_path / folder, *options)
    assert status == 2 and out == "" and err.startswith("visage: ") and said in err


def test_copies_of_a_photo_are_dropped_once(dropping, photos, capsys):
    for number in range(8):
        (photos / f"ben/copy {number}.jpeg").write_bytes((photos / "ben/1.jpeg").read_bytes())
    assert run(capsys, photos)[0] == 0
    assert len(dropping.put) == 3
