"""The table of codes is whole and says what the contract says."""

import pytest

from visage.api.errors import TABLE
from visage.errors import Reason


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


def test_a_deployment_can_answer_what_the_client_must_mend_with_200_but_never_a_failure_of_ours():
    assert all(wire.status < 500 for wire in TABLE.values() if wire.business)
    assert all(TABLE[reason].business for reason in (Reason.NO_FACE, Reason.IMAGE_ADDRESS, Reason.PARAMETER_EMPTY))
