"""Images of enrolled faces in their bucket."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.interleaving import watched
from visage.gallery.persons.images import LINK_SECONDS, EraseError, FaceImages, image_key

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def images():
    images = FaceImages()
    for key in ("lib/ann/1", "lib/ann/2", "lib/anna/3", "lib/bob/4"):
        images.put(key, key.encode(), "image/png")
    return images


def keys(images):
    return list(images._objects(["lib/"]))


def test_a_persons_images_are_stored_below_the_person():
    assert image_key("lib", "ann", "1") == "lib/ann/1"


def test_a_stored_image_is_read_back_with_its_type(images):
    assert images.read("lib/ann/2") == b"lib/ann/2"
    assert images._s3.get_object(Bucket="visage-faces", Key="lib/ann/2")["ContentType"] == "image/png"


def test_one_image_is_erased(images):
    images.erase(["lib/ann/1", "lib/nobody/9"])
    assert keys(images) == ["lib/ann/2", "lib/anna/3", "lib/bob/4"]


def test_all_images_of_a_person_are_erased_and_no_others(images):
    images.erase(["lib/ann/", "lib/bob/4"])
    assert keys(images) == ["lib/anna/3"]


def test_nothing_to_erase_makes_no_s3_call(images):
    asked = []
    with watched(lambda operation, _parameters, _call: asked.append(operation)):
        images.erase([])
    assert asked == []


@pytest.mark.slow
def test_more_than_a_thousand_are_erased(images):
    for number in range(1001):
        images.put(f"lib/many/{number}", b"", "image/png")
    images.erase(["lib/many/"])
    assert len(keys(images)) == 4


def test_objects_that_s3_did_not_erase_are_reported(images, monkeypatch):
    refusal = {"Errors": [{"Key": "lib/ann/1", "Code": "InternalError", "Message": "try again"}]}
    monkeypatch.setattr(images._s3, "delete_objects", lambda **_: refusal, raising=False)
    with pytest.raises(EraseError, match="InternalError"):
        images.erase(["lib/ann/1"])


def test_a_link_is_signed_for_some_minutes_at_the_regions_own_host(images):
    link = urlsplit(images.link("lib/ann/1"))
    assert (link.scheme, link.netloc, link.path) == (
        "https",
        "visage-faces.s3.eu-central-1.amazonaws.com",
        "/lib/ann/1",
    )
    query = parse_qs(link.query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == [str(LINK_SECONDS)] and LINK_SECONDS <= 600
