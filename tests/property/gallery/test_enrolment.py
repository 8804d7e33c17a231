"""AddFaces cut off anywhere and repeated, and concurrent calls: no duplicate face, no face or image without the
other."""

import base64
import io
import random
import time

import numpy as np
import pytest
from PIL import Image

from tests.support.interleaving import Interleaving, Kill, Killed, watched
from visage.errors import VisageError
from visage.gallery import enrol
from visage.gallery.enrol import Enrolled
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import FACES

CALLS = 14
"""AWS calls of an enrolment of two images, and some more."""

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def library():
    library = Library("acme")
    library.add_person("ann", ["staff", "guests"])
    return library


@pytest.fixture(autouse=True)
def plain_faces(monkeypatch):
    """Treats images of one colour as faces, and each colour as a different person."""
    monkeypatch.setattr(enrol, "version", lambda: "plain")
    monkeypatch.setattr(enrol, "usable_face", lambda _pixels, covered: None)
    monkeypatch.setattr(enrol, "search_thresholds", lambda *_group: {"0.0001": 90.0})
    monkeypatch.setattr(enrol, "embed", lambda pixels, _face: np.eye(128, dtype=np.float32)[pixels[0, 0, 0]])


def photo(number: int, form: str = "PNG") -> str:
    """A picture of this face; other forms have other bytes."""
    out = io.BytesIO()
    Image.new("RGB", (20, 20), (number, 0, 0)).save(out, form)
    return "base64://" + base64.b64encode(out.getvalue()).decode()


def add(library, *urls, name=None):
    return enrol.enrol(library, "ann", urls, name, time.monotonic() + 60)


def check(library, faces):
    """Assert that the person has these faces, each with its image, and no other image exists."""
    person = library.person("ann")
    assert sorted(int(face.embedding.argmax()) for face in person.faces.values()) == sorted(faces)
    kept = {image_key("acme", person.born, face_id) for face_id in person.faces}
    assert set(FaceImages()._objects(["acme/"])) == kept


@pytest.mark.parametrize("name", [None, "upload-1"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(CALLS))
def test_a_call_that_died_anywhere_and_is_repeated_ends_as_if_it_had_not(library, number, after, name):
    urls = photo(1), photo(2)
    try:
        with watched(Kill(number, after=after)):
            add(library, *urls, name=name)
    except Killed:
        pass
    outcomes = add(library, *urls, name=name).outcomes
    assert all(isinstance(outcome, Enrolled) for outcome in outcomes)
    assert {outcome.face_id for outcome in outcomes} == set(library.person("ann").faces)
    check(library, [1, 2])


def test_an_enrolment_makes_no_more_calls_than_are_killed_above(library):
    made = []
    with watched(lambda operation, _parameters, call: made.append(operation) or call()):
        add(library, photo(1), photo(2))
    assert len(made) <= CALLS, made


@pytest.mark.parametrize("seed", range(12))
def test_copies_that_are_sent_at_once_are_one_face(library, seed):
    choose = random.Random(seed).randrange
    urls = [photo(1), photo(1), photo(1, "BMP"), photo(2)]
    calls = Interleaving(choose).run([lambda url=url: add(library, url) for url in urls])
    faces = [call.outcomes[0].face_id for call in calls]
    assert len(set(faces[:3])) == 1 and faces[3] != faces[0]
    check(library, [1, 2])


@pytest.mark.parametrize("seed", range(4))
def test_the_limit_holds_however_many_add_at_once(library, seed):
    for number in range(FACES - 1):
        add(library, photo(number))
    choose = random.Random(seed).randrange
    calls = Interleaving(choose).run([lambda n=n: add(library, photo(n)) for n in (100, 101, 102)])
    refused = [isinstance(call.outcomes[0], VisageError) for call in calls]
    assert sorted(refused) == [False, True, True]
    new = [100 + n for n, was_refused in enumerate(refused) if not was_refused]
    check(library, [*range(FACES - 1), *new])
