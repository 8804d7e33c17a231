"""The fields of Green's bodies: accepted values, and the messages for others."""

import pytest

from visage.api.dialects import fields
from visage.errors import Reason, VisageError


def refused(read, body, *arguments):
    with pytest.raises(VisageError) as error:
        read(body, *arguments)
    assert error.value.reason is Reason.FIELD_INVALID
    return error.value.detail


@pytest.mark.parametrize("value", ["a", "person_1-B", "0" * 32])
def test_ids_are_letters_digits_and_two_signs(value):
    assert fields.person_id({"personId": value}) == fields.group_id({"groupId": value}) == value


@pytest.mark.parametrize("value", [None, "", "a" * 33, "a b", "a\n", "é", "人", "a/b", "a#b", 7.5, True, ["a"], {}])
def test_an_invalid_id_is_refused_with_the_fields_name(value):
    rule = "must be 1 to 32 letters, digits, '_' or '-'."
    assert refused(fields.person_id, {"personId": value}) == f"personId {rule}"
    assert refused(fields.group_id, {"groupId": value}) == f"groupId {rule}"
    assert refused(fields.group_ids, {"groupIds": ["a", value]}) == f"Each of groupIds {rule}"


def test_ids_given_as_whole_numbers_are_text():
    assert fields.person_id({"personId": 12345}) == fields.group_id({"groupId": 12345}) == "12345"
    assert fields.group_ids({"groupIds": [7, "7", "a"]}) == ["7", "a"]
    assert fields.seed({"seed": 2026}) == "2026"
    assert refused(fields.person_id, {"personId": 10**32}).startswith("personId must be")


def test_a_missing_field_is_refused():
    assert refused(fields.person_id, {}).startswith("personId must be")
    assert refused(fields.group_ids, {}) == "groupIds must be a list of 1 to 100."
    assert refused(fields.urls, {}) == "urls must be a list of 1 to 20."
    assert refused(fields.url, {}) == "url must be the address of an image."


def test_each_group_counts_once_in_the_order_given():
    assert fields.group_ids({"groupIds": ["b", "a", "b"]}) == ["b", "a"]


@pytest.mark.parametrize("value", [[], ["g"] * 101, "g", {"0": "g"}, 1])
def test_groups_are_a_list_of_1_to_100(value):
    assert refused(fields.group_ids, {"groupIds": value}) == "groupIds must be a list of 1 to 100."


def test_a_hundred_groups_are_accepted():
    assert len(fields.group_ids({"groupIds": [f"g{n}" for n in range(100)]})) == 100


def test_face_ids_are_text_or_numbers_beyond_float_precision():
    assert fields.face_ids({"faceIds": [23088737259260929, "23088737259260929", "7"]}) == ["23088737259260929", "7"]


def test_face_ids_may_be_missing():
    assert fields.face_ids({}) is None


@pytest.mark.parametrize("value", [1.0, True, -1, "-1", "1" * 20, 10**19, "", "x", "１", None])
def test_an_invalid_face_id_is_refused(value):
    assert refused(fields.face_ids, {"faceIds": [value]}).startswith("Each of faceIds must be a number")


@pytest.mark.parametrize("value", [[], ["1"] * 101, "1", 1])
def test_face_ids_are_a_list_of_1_to_100(value):
    assert refused(fields.face_ids, {"faceIds": value}) == "faceIds must be a list of 1 to 100."


def test_urls_are_1_to_20_and_each_is_checked_with_its_image():
    assert fields.urls({"urls": ["http://a", "no address"]}) == ["http://a", "no address"]
    assert refused(fields.urls, {"urls": ["http://a"] * 21}) == "urls must be a list of 1 to 20."
    assert refused(fields.urls, {"urls": ["http://a", None]}) == "Each of urls must be the address of an image."


@pytest.mark.parametrize("value", [None, "", "  ", 1, ["http://a"]])
def test_a_url_is_text(value):
    assert refused(fields.url, {"url": value}) == "url must be the address of an image."
    assert refused(fields.url, {"faceUrl": value}, "faceUrl") == "faceUrl must be the address of an image."


@pytest.mark.parametrize(("name", "most"), [("name", 128), ("note", 1024)])
def test_texts_have_a_limit_in_characters(name, most):
    assert fields.text({name: "人" * most}, name) == "人" * most
    for value in ("a" * (most + 1), 1, ["a"]):
        assert refused(fields.text, {name: value}, name) == f"{name} must be a text of at most {most} characters."


def test_a_missing_text_is_none_and_an_empty_one_is_empty():
    assert fields.text({}, "name") is fields.text({"name": None}, "name") is None
    assert fields.text({"name": ""}, "name") == ""


@pytest.mark.parametrize(("value", "number"), [(1, 1), (100, 100), ("20", 20), ("007", 7), (None, 5)])
def test_whole_numbers_come_as_number_or_text(value, number):
    assert fields.whole({"pageSize": value}, "pageSize", 5, 1, 100) == number


@pytest.mark.parametrize("value", [0, 101, -1, 1.5, 20.0, True, "", "1e1", "-1", " 1", "9" * 30, [], "１"])
def test_a_number_out_of_its_range_is_refused_with_the_range(value):
    assert refused(fields.whole, {"pageSize": value}, "pageSize", 5, 1, 100) == (
        "pageSize must be a whole number from 1 to 100."
    )


@pytest.mark.parametrize(
    ("value", "meant"), [(True, True), (False, False), ("true", True), ("false", False), (None, False)]
)
def test_a_flag_is_a_boolean_or_text(value, meant):
    assert fields.flag({"useLargest": value}, "useLargest") is meant


@pytest.mark.parametrize("value", ["True", "", 2, [True], {}])
def test_an_invalid_flag_is_refused(value):
    assert refused(fields.flag, {"useLargest": value}, "useLargest") == "useLargest must be true or false."


@pytest.mark.parametrize("value", ["test2NInmO$tAON6qYUrtCRgLo-1mwxdi", " a b ", "人" * 128, '{"order":"7/8"}', "0"])
def test_a_data_id_is_any_text_and_repeated_as_sent(value):
    assert fields.data_id({"dataId": value}) == value
    assert fields.sent_data_id({"dataId": value}) == {"dataId": value}


def test_a_data_id_may_be_a_whole_number_and_is_repeated_as_one():
    assert fields.data_id({"dataId": 42}) == "42"
    assert fields.sent_data_id({"dataId": 42}) == {"dataId": 42}


@pytest.mark.parametrize("body", [{}, {"dataId": None}, {"dataId": ""}])
def test_a_data_id_may_be_missing_and_an_empty_one_counts_as_missing(body):
    assert fields.data_id(body) is None
    assert fields.sent_data_id(body) == {}


@pytest.mark.parametrize("value", ["a" * 129, 10**128, 1.5, True, ["a"], {"a": 1}])
def test_an_invalid_data_id_is_refused_and_never_repeated(value):
    assert refused(fields.data_id, {"dataId": value}) == "dataId must be a text of at most 128 characters."
    assert fields.sent_data_id({"dataId": value}) == {}


@pytest.mark.parametrize("body", [None, [], ["dataId"], "dataId", 7])
def test_a_body_that_is_not_an_object_has_no_data_id(body):
    assert fields.sent_data_id(body) == {}
