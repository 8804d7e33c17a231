"""The table of codes is complete and agrees with the contract."""

import pytest

from visage.api.errors import GREEN_STATUSES, TABLE, green_error
from visage.errors import Reason, VisageError


def test_every_reason_has_its_row():
    assert set(TABLE) == set(Reason)


@pytest.mark.parametrize(
    ("reason", "status", "code", "message"),
    [
        (Reason.INTERNAL, 500, "Error.InternalError", "The request processing has failed due to some unknown error."),
        (
            Reason.PARAMETER_EMPTY,
            403,
            "InvalidParam.ParamMissing",
            "Please check if there is param empty in your imput.",
        ),
        (Reason.NOT_PERMITTED, 403, "Error.NoPermissionAccess", "No permission to access our service."),
        (Reason.COMPARE_FAILED, 500, "Error.CompareFacesError", "CompareFaces action failed due to internal error."),
        (Reason.IMAGE_TYPE_EMPTY, 400, "InvalidParam.ImageTypeEmpty", "The image type is empty."),
        (
            Reason.FACE_PICTURE_REQUIRED,
            400,
            "InvalidParam.FacePicNotGiven",
            "At least one of the two given images has a type of FacePic.",
        ),
        (
            Reason.IMAGE_ADDRESS,
            400,
            "InvalidParam.ImageValuePatternError",
            "The pattern of value of given image is not acceptable.",
        ),
        (Reason.IMAGE_TYPE_INVALID, 400, "InvalidParam.ImageTypeInvalid", "The image type is not valid."),
        (Reason.NO_FACE, 400, "Error.NoFaceDetected", "No face detected from given images."),
    ],
)
def test_the_nine_codes_of_compare_faces(reason, status, code, message):
    wire = TABLE[reason]
    assert (wire.status, wire.code, wire.message) == (status, code, message)


def test_a_deployment_can_return_client_errors_with_200_but_never_server_errors():
    ours = {reason for reason, wire in TABLE.items() if wire.status >= 500 and not wire.business}
    assert ours == {
        *(Reason.COMPARE_FAILED, Reason.MODEL_CHANGED, Reason.OUT_OF_TIME),
        *(Reason.CONTENDED, Reason.BUSY, Reason.INTERNAL),
    }
    assert all(TABLE[reason].business for reason in (Reason.NO_FACE, Reason.IMAGE_ADDRESS, Reason.PARAMETER_EMPTY))


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [
        (Reason.BODY_NOT_JSON, 400, 400),
        (Reason.FIELD_INVALID, 400, 400),
        (Reason.PERSON_EXISTS, 400, 400),
        (Reason.PERSON_UNKNOWN, 400, 400),
        (Reason.FACE_OWNER_UNKNOWN, 500, 500),
        (Reason.GROUP_UNKNOWN, 404, 400),
        (Reason.TOO_MANY_GROUPS, 588, 403),
        (Reason.TOO_MANY_FACES, 588, 403),
        (Reason.SEVERAL_FACES, 400, 400),
        (Reason.ANSWER_TOO_LARGE, 589, 400),
        (Reason.MODEL_CHANGED, 586, 500),
        (Reason.OUT_OF_TIME, 581, 500),
        (Reason.CONTENDED, 580, 500),
        (Reason.BUSY, 587, 500),
        (Reason.TASK_UNKNOWN, 404, 400),
        (Reason.TASK_EXPIRED, 594, 400),
        (Reason.IMAGE_ADDRESS, 400, 400),
        (Reason.IMAGE_NOT_FOUND, 480, 400),
        (Reason.IMAGE_TIMEOUT, 592, 400),
        (Reason.IMAGE_TOO_LARGE, 589, 400),
        (Reason.IMAGE_UNREADABLE, 590, 400),
        (Reason.NO_FACE, 400, 400),
        (Reason.NOT_PERMITTED, 596, 403),
        (Reason.INTERNAL, 500, 500),
    ],
)
def test_greens_numbers_and_their_class(reason, code, status):
    wire = TABLE[reason]
    assert (wire.green, wire.status) == (code, status)


def test_client_errors_have_the_status_of_their_codes_class():
    assert all(wire.status == GREEN_STATUSES[wire.green] for wire in TABLE.values() if wire.business)


def test_the_gateways_errors_have_their_status_for_a_number():
    throttled = TABLE[Reason.THROTTLED]
    assert (throttled.status, throttled.green) == (429, 588), "Green has a number of its own for it"
    gateway = [wire for wire in TABLE.values() if not wire.business and wire.status < 500 and wire != throttled]
    assert gateway and all(wire.green == wire.status for wire in gateway)


@pytest.mark.parametrize("reason", [Reason.PERSON_UNKNOWN, Reason.FACE_OWNER_UNKNOWN])
def test_the_clouds_own_messages(reason):
    assert green_error(VisageError(reason))[1] == "The person is not exist!"
    assert green_error(VisageError(Reason.PERSON_EXISTS)) == (400, "The person is exist!")


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason.IMAGE_ADDRESS, "The image's address is not acceptable."),
        (Reason.IMAGE_NOT_FOUND, "The image could not be downloaded."),
        (Reason.IMAGE_TOO_LARGE, "The image is too large."),
        (Reason.IMAGE_UNREADABLE, "The image cannot be read."),
    ],
)
def test_green_distinguishes_what_compare_faces_has_one_message_for(reason, sentence):
    assert green_error(VisageError(reason))[1] == sentence


def test_greens_message_has_the_detail_except_for_server_errors():
    told = green_error(VisageError(Reason.IMAGE_TIMEOUT, "The image did not arrive within 3 s."))
    assert told == (592, "The image's download timed out. The image did not arrive within 3 s.")
    assert green_error(VisageError(Reason.FIELD_INVALID, "url must be an address.")) == (400, "url must be an address.")
    assert "models/" not in green_error(VisageError(Reason.INTERNAL, "models/ is missing"))[1]
