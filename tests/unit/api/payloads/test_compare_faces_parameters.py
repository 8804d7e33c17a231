"""The parameters of CompareFaces and the format of its data."""

import json

import pytest

from visage.api.payloads.compare_faces import comparison_data, image_addresses, image_types
from visage.errors import Reason, VisageError
from visage.faces.types import Comparison

GOOD = {
    "SourceImageType": "FacePic",
    "SourceImageValue": "https://example.com/a.jpg",
    "TargetImageType": "IDPic",
    "TargetImageValue": "base64:///9j/4AAQ",
}


def refused(**changes):
    parameters = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(VisageError) as error:
        image_types(parameters)
        image_addresses(parameters)
    return error.value.reason


def test_two_addresses_source_first():
    addresses = image_addresses(dict(reversed(GOOD.items())))
    assert list(addresses.items()) == [
        ("SourceImageValue", "https://example.com/a.jpg"),
        ("TargetImageValue", "base64:///9j/4AAQ"),
    ]


@pytest.mark.parametrize("types", [("FacePic", "FacePic"), ("FacePic", "IDPic"), ("IDPic", "FacePic")])
def test_one_face_picture_is_enough(types):
    found = image_types({**GOOD, "SourceImageType": types[0], "TargetImageType": types[1]})
    assert tuple(kind.value for kind in found) == types


@pytest.mark.parametrize("name", ["SourceImageType", "TargetImageType"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_empty_type(name, value):
    assert refused(**{name: value}) is Reason.IMAGE_TYPE_EMPTY


@pytest.mark.parametrize("value", ["facepic", "FacePic,IDPic", "Photo"])
def test_another_type(value):
    assert refused(TargetImageType=value) is Reason.IMAGE_TYPE_INVALID


def test_two_id_pictures():
    assert refused(SourceImageType="IDPic") is Reason.FACE_PICTURE_REQUIRED


@pytest.mark.parametrize("name", ["SourceImageValue", "TargetImageValue"])
@pytest.mark.parametrize("value", [None, "", " "])
def test_an_empty_value(name, value):
    assert refused(**{name: value}) is Reason.PARAMETER_EMPTY


@pytest.mark.parametrize(
    "value",
    [
        "/home/me/a.jpg", "C:\\a.jpg", "a.jpg", "file:///etc/passwd", "ftp://example.com/a.jpg", "http://",
        "https:///a.jpg", "data:image/png;base64,AAAA", "base64://data:image/png;base64,AAAA", "base64://%%%",
        "base64://", "oss://", "oss://bucket", "http://user:word@example.com/a.jpg", "http://example.com/\n.jpg",
    ],
)  # fmt: skip
def test_an_invalid_address(value):
    assert refused(TargetImageValue=value) is Reason.IMAGE_ADDRESS


def test_types_are_checked_before_values():
    assert refused(SourceImageType="Photo", SourceImageValue="") is Reason.IMAGE_TYPE_INVALID


def test_the_thresholds_are_a_string_of_strings_by_rate():
    data = comparison_data(Comparison(98.791349, {"0.01": 70.018, "0.0001": 90.071, "0.001": 80.0}, 0.7))
    assert data["SimilarityScore"] == 98.7913
    assert data["ConfidenceThresholds"] == '{"0.0001":"90.07","0.001":"80.00","0.01":"70.02"}'
    assert json.loads(data["ConfidenceThresholds"])["0.001"] == "80.00"
