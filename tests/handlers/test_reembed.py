"""`visage reembed` on a deployment in memory, with the real models."""

import io

import numpy as np
import pytest

from cli.main import main
from cli.terminal.progress import Bar
from demo.portraits import portraits
from tests.conftest import ROOT
from tests.support.deployed import describe
from visage import aws
from visage.access.clients import ClientStore
from visage.faces.recognition.embed import version
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import StoredFace
from visage.gallery.upkeep import reembed

FILES = {"1": "obama.jpg", "2": "obama2.jpg", "3": "biden.jpg"}


@pytest.fixture
def stack(deployment, monkeypatch):
    """A stack as described by CloudFormation and Lambda: the settings of the function that enrols."""
    describe(monkeypatch)


@pytest.fixture
def library(stack):
    """Three faces of an older model with kept images, and one without."""
    client = ClientStore("/visage/visage/clients/", aws.client("ssm")).create("tests", library="acme")
    library = Library(client.own_library)
    for person, faces in (("ann", ("1", "2")), ("bob", ("3",)), ("cat", ("4",))):
        library.add_person(person, ["staff"])
        for face_id in faces:
            add(library, person, face_id)
    return library


def add(library, person_id, face_id):
    person, kept = library.person(person_id), face_id in FILES
    if kept:
        image = (portraits() / FILES[face_id]).read_bytes()
        FaceImages().put(image_key(library.name, person.born, face_id), image, "image/jpeg")
    library.add_face(person, StoredFace(face_id, np.eye(256, dtype=np.float32)[0], "older", f"call#{face_id}", kept))


def models(library):
    return {face.id: face.model for person in library.persons(("ann", "bob", "cat")).values()
            for face in person.faces.values()}  # fmt: skip


def run(capsys, *options):
    status = main(["reembed", "staff", "--models", str(ROOT / ".build" / "models"), *options])
    return status, *capsys.readouterr()


def test_faces_are_embedded_from_their_images_and_the_others_are_listed(capsys, library):
    status, out, err = run(capsys)
    assert status == 1
    assert models(library) == {"1": version(), "2": version(), "3": version(), "4": "older"}
    assert "3  embedded again" in out and "cat  4  its image was not kept" in err
    faces = library.person("ann").faces
    assert faces["1"].embedding @ faces["2"].embedding > 0.5
    assert (faces["1"].origin, faces["1"].kept) == ("call#1", True)


def test_an_added_model_can_be_removed_again(capsys, library, monkeypatch):
    library.remove_faces("cat", ["4"])
    assert run(capsys)[0] == 0
    before = library.person("ann").faces["1"]
    with monkeypatch.context() as newer:
        newer.setattr(reembed, "version", lambda: "newer")
        newer.setattr(reembed, "_embedding", lambda _image: np.eye(before.embedding.size, dtype=np.float32)[0])
        assert run(capsys)[0] == 0
        assert set(models(library).values()) == {"newer"}
        assert not np.array_equal(library.person("ann").faces["1"].embedding, before.embedding)
    assert run(capsys)[0] == 0
    assert set(models(library).values()) == {version()}
    assert np.array_equal(library.person("ann").faces["1"].embedding, before.embedding)


def test_it_continues_after_an_interruption(capsys, library, monkeypatch):
    library.remove_faces("cat", ["4"])
    embedding, begun = reembed._embedding, []

    def interrupted(image):
        begun.append(image)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return embedding(image)

    monkeypatch.setattr(reembed, "_embedding", interrupted)
    status, out, _err = run(capsys)
    assert status == 130 and out.startswith("interrupted after 1 of 3 faces")
    assert list(models(library).values()).count(version()) == 1
    status, out, _err = run(capsys)
    assert status == 0 and "2  embedded again" in out and "1  already embedded by this model" in out
    assert len(begun) == 4, "nothing is done twice"
    assert set(models(library).values()) == {version()}


def test_images_that_are_gone_or_show_no_face_are_listed(capsys, library):
    for person_id, face_id, content in (("ann", "1", None), ("bob", "3", b"no image")):
        key = image_key(library.name, library.person(person_id).born, face_id)
        FaceImages().erase([key])
        if content:
            FaceImages().put(key, content, "image/jpeg")
    status, _out, err = run(capsys)
    assert status == 1
    assert "ann  1  its image no longer exists" in err and "bob  3  no face found in its image" in err


def test_a_person_who_leaves_meanwhile_is_skipped(capsys, library, monkeypatch):
    embedding = reembed._embedding

    def meanwhile(image):
        if "bob" in library.persons(["bob"]):
            library.delete_person("bob")
            library.remove_faces("ann", ["1"])
        return embedding(image)

    monkeypatch.setattr(reembed, "_embedding", meanwhile)
    _status, out, _err = run(capsys)
    assert "2  removed meanwhile" in out and "1  embedded again" in out


def test_a_group_that_does_not_exist(capsys, library):
    status = main(["reembed", "nowhere"])
    assert status == 2 and "visage: The group does not exist." in capsys.readouterr().err


def test_with_several_libraries_one_must_be_chosen(capsys, library):
    ClientStore("/visage/visage/clients/", aws.client("ssm")).create("other")
    status, _out, err = run(capsys)
    assert status == 2 and "choose a --library" in err and "acme" in err
    assert run(capsys, "--library", "acme")[0] == 1  # the face without an image


def test_a_terminal_shows_a_growing_bar():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    bar = Bar(200, "faces", out := Terminal())
    for done in (100, 200):
        bar.show(done)
    bar.end()
    half, whole = out.getvalue().rstrip("\n").split("\r")[1:]
    assert half.startswith("[" + "#" * 15 + "." * 15 + "] 100 of 200 faces")
    assert whole.startswith("[" + "#" * 30 + "] 200 of 200 faces")
