"""The one table of wire errors: code, message and status of each reason, in both dialects.

The contract defines codes, statuses and messages of the operations; those of the gateway are the ones that official
clients know.
"""

from dataclasses import dataclass

from visage.errors import Reason, VisageError

_STATUSES = {
    200: (200, 280),
    400: (400, 404, 480, 589, 590, 592, 594),
    403: (401, 403, 588, 596),
    500: (500, 503, 580, 581, 585, 586, 587, 591),
}
GREEN_STATUSES = {code: status for status, codes in _STATUSES.items() for code in codes}
"""HTTP status of each Green code, by its class."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How an error looks on the wire. `code` and `message` may contain `{}`, the place of the error's detail.

    `green` is the Green code, `status` the HTTP status in both dialects. `business` errors are the client's to fix,
    with other parameters or images; their status is the class of their Green code, and a deployment may answer them
    with 200.
    """

    status: int
    code: str
    message: str
    green: int
    business: bool = False
    says: str = ""
    """Green's message, where `message` is one of CompareFaces' and less specific."""

    @property
    def places_detail(self) -> bool:
        """Whether the detail is part of the code or message; otherwise it is a field of its own."""
        return "{}" in self.code + self.message


def green_error(error: VisageError) -> tuple[int, str]:
    """`code` and `msg` of an error in the Green dialect, for a whole response or for one image or task."""
    wire = TABLE[error.reason]
    return wire.green, told(wire, wire.says or wire.message, error)


def told(wire: Wire, sentence: str, error: VisageError) -> str:
    """The message of an error: the contract's sentence, followed by what was wrong with this request.

    Official clients show nothing else, and distinguish errors by code.
    """
    return f"{sentence.format(error.detail)} {apart(wire, error)}".rstrip()


def apart(wire: Wire, error: VisageError) -> str:
    """The detail, unless code or message contains it. Empty for internal errors, whose detail is only logged."""
    return "" if wire.places_detail or error.reason is Reason.INTERNAL else error.detail


def _gateway(status: int, code: str, message: str) -> Wire:
    return Wire(status, code, message, green=status)


def _business(green: int, code: str, message: str, says: str = "") -> Wire:
    return Wire(GREEN_STATUSES[green], code, message, green, business=True, says=says)


def _failure(code: str, message: str, green: int = 500) -> Wire:
    """An internal failure. It keeps its status in every deployment, because alarms count it."""
    return Wire(500, code, message, green)


def _address(green: int, says: str) -> Wire:
    message = "The pattern of value of given image is not acceptable."
    return _business(green, "InvalidParam.ImageValuePatternError", message, says)


def _not_found(green: int, says: str) -> Wire:
    return _business(green, "InvalidParam.ImageNotFound", "No images founded with given image address.", says)


TABLE: dict[Reason, Wire] = {
    Reason.UNKNOWN_ACTION: _gateway(
        404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
    ),
    Reason.UNKNOWN_VERSION: _gateway(400, "InvalidVersion", "Specified parameter Version is not valid."),
    Reason.METHOD_NOT_ALLOWED: _gateway(403, "UnsupportedHTTPMethod", "This http method is not supported."),
    Reason.BODY_MALFORMED: _gateway(400, "InvalidParameter", "The request body is not well formatted."),
    Reason.BODY_NOT_JSON: _business(400, "InvalidParam.BodyNotJson", "The request body is not well formatted."),
    Reason.PARAMETER_REPEATED: _gateway(400, "InvalidParameter", "The parameter {} is given more than once."),
    Reason.PARAMETER_REQUIRED: _gateway(400, "Missing{}", "{} is mandatory for this action."),
    Reason.SIGNATURE_INCOMPLETE: _gateway(
        400, "IncompleteSignature", "The request signature does not conform to the signing standard."
    ),
    # The text after the first colon is the server's string to sign, which clients compare with their own.
    Reason.SIGNATURE_MISMATCH: _gateway(
        400,
        "SignatureDoesNotMatch",
        "Specified signature is not matched with our calculation. server string to sign is:{}",
    ),
    Reason.SIGNATURE_UNSUPPORTED: _gateway(
        400, "InvalidSignatureMethod", "Specified signature method or version is not supported."
    ),
    Reason.TIMESTAMP_MALFORMED: _gateway(
        400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
    ),
    Reason.TIMESTAMP_EXPIRED: _gateway(
        400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
    ),
    Reason.NONCE_USED: _gateway(400, "SignatureNonceUsed", "Specified signature nonce was used already."),
    Reason.THROTTLED: Wire(429, "Throttling.User", "Request was denied due to user flow control.", green=588),
    Reason.PAST_FRONT_DOOR: _gateway(
        403, "NoPermission", "This address is not open to clients, please check your endpoint."
    ),
    Reason.KEY_UNKNOWN: _gateway(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    Reason.KEY_INACTIVE: _gateway(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."),
    Reason.TOKEN_REQUIRED: _gateway(400, "MissingSecurityToken", "SecurityToken is mandatory for this action."),
    Reason.TOKEN_MISMATCH: _gateway(
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    Reason.TOKEN_EXPIRED: _gateway(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
    Reason.NOT_PERMITTED: _business(596, "Error.NoPermissionAccess", "No permission to access our service."),
    Reason.FIELD_INVALID: _business(400, "InvalidParam.FieldInvalid", "{}"),
    Reason.PARAMETER_EMPTY: _business(
        403, "InvalidParam.ParamMissing", "Please check if there is param empty in your imput."
    ),
    Reason.IMAGE_TYPE_EMPTY: _business(400, "InvalidParam.ImageTypeEmpty", "The image type is empty."),
    Reason.IMAGE_TYPE_INVALID: _business(400, "InvalidParam.ImageTypeInvalid", "The image type is not valid."),
    Reason.FACE_PICTURE_REQUIRED: _business(
        400, "InvalidParam.FacePicNotGiven", "At least one of the two given images has a type of FacePic."
    ),
    Reason.IMAGE_ADDRESS: _address(400, "The image's address is not acceptable."),
    Reason.IMAGE_NOT_FOUND: _not_found(480, "The image could not be downloaded."),
    Reason.IMAGE_TIMEOUT: _not_found(592, "The image's download timed out."),
    Reason.IMAGE_TOO_LARGE: _address(589, "The image is too large."),
    Reason.IMAGE_UNREADABLE: _address(590, "The image cannot be read."),
    Reason.NO_FACE: _business(400, "Error.NoFaceDetected", "No face detected from given images."),
    Reason.SEVERAL_FACES: _business(400, "InvalidParam.SeveralFaces", "The image holds more than one face."),
    Reason.FACE_TOO_SMALL: _business(400, "InvalidParam.FaceTooSmall", "The face is too small."),
    Reason.FACE_BLURRED: _business(400, "InvalidParam.FaceBlurred", "The face is too blurred."),
    Reason.FACE_TURNED: _business(400, "InvalidParam.FaceTurned", "The face is turned too far away."),
    Reason.FACE_COVERED: _business(400, "InvalidParam.FaceCovered", "A part of the face is covered."),
    Reason.FACE_POOR: _business(400, "InvalidParam.FacePoor", "The face cannot be seen well enough."),
    Reason.FACE_CONFLICT: _business(400, "InvalidParam.FaceConflict", "The face is like another person's."),
    Reason.COMPARE_FAILED: _failure("Error.CompareFacesError", "CompareFaces action failed due to internal error."),
    Reason.PERSON_EXISTS: _business(400, "InvalidParam.PersonExists", "The person is exist!"),
    Reason.PERSON_UNKNOWN: _business(400, "InvalidParam.PersonNotExists", "The person is not exist!"),
    Reason.FACE_OWNER_UNKNOWN: _business(500, "InvalidParam.PersonNotExists", "The person is not exist!"),
    Reason.GROUP_UNKNOWN: _business(404, "InvalidParam.GroupNotExists", "The group does not exist."),
    Reason.TOO_MANY_GROUPS: _business(588, "QuotaExceeded.Groups", "The library has as many groups as it may have."),
    Reason.TOO_MANY_FACES: _business(588, "QuotaExceeded.Faces", "The person has as many faces as it may have."),
    Reason.MODEL_CHANGED: _failure(
        "Error.ModelChanged", "The group's faces were made by another model: they must be embedded again.", green=586
    ),
    Reason.TASK_UNKNOWN: _business(404, "InvalidParam.TaskNotExists", "The task does not exist."),
    Reason.TASK_EXPIRED: _business(594, "InvalidParam.TaskExpired", "The task's result is kept no longer."),
    Reason.SESSION_UNKNOWN: _business(404, "InvalidParam.SessionNotExists", "The session does not exist."),
    Reason.SESSION_USED: _business(
        400, "InvalidParam.SessionUsed", "The session was used already: ask for another one."
    ),
    Reason.SESSION_EXPIRED: _business(594, "InvalidParam.SessionExpired", "The session has expired."),
    Reason.ANSWER_TOO_LARGE: _business(
        589, "InvalidParam.AnswerTooLarge", "The answer would be too large: ask for less in one call."
    ),
    Reason.OUT_OF_TIME: _failure("Error.Timeout", "The request was not done in time, please try again.", green=581),
    Reason.CONTENDED: _failure("Error.Contended", "Too many changes at once, please try again.", green=580),
    Reason.BUSY: _failure("Error.Busy", "The tasks could not be taken, please try again.", green=587),
    Reason.INTERNAL: _failure(
        "Error.InternalError", "The request processing has failed due to some unknown error."
    ),
}
