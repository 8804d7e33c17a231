"""The one table of codes: what each reason looks like on the wire.

Codes, statuses and texts of the operations are the contract's; those of the gateway are what official clients know.
"""

from dataclasses import dataclass

from visage.errors import Reason


@dataclass(frozen=True, slots=True)
class Wire:
    """`code` and `message` may hold `{}`, the place of the error's detail.

    `business` errors are the client's to mend, by other parameters or images; a deployment may answer them with 200.
    """

    status: int
    code: str
    message: str
    business: bool = False

    @property
    def places_detail(self) -> bool:
        """Whether the detail is part of the code or message; elsewhere it is a field of its own."""
        return "{}" in self.code + self.message


def _gateway(status: int, code: str, message: str) -> Wire:
    return Wire(status, code, message)


def _business(status: int, code: str, message: str) -> Wire:
    return Wire(status, code, message, business=True)


_ADDRESS = _business(
    400, "InvalidParam.ImageValuePatternError", "The pattern of value of given image is not acceptable."
)
_NOT_FOUND = _business(400, "InvalidParam.ImageNotFound", "No images founded with given image address.")

TABLE: dict[Reason, Wire] = {
    Reason.UNKNOWN_ACTION: _gateway(
        404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
    ),
    Reason.UNKNOWN_VERSION: _gateway(400, "InvalidVersion", "Specified parameter Version is not valid."),
    Reason.METHOD_NOT_ALLOWED: _gateway(403, "UnsupportedHTTPMethod", "This http method is not supported."),
    Reason.BODY_MALFORMED: _gateway(400, "InvalidParameter", "The request body is not well formatted."),
    Reason.PARAMETER_REPEATED: _gateway(400, "InvalidParameter", "The parameter {} is given more than once."),
    Reason.PARAMETER_REQUIRED: _gateway(400, "Missing{}", "{} is mandatory for this action."),
    Reason.SIGNATURE_INCOMPLETE: _gateway(
        400, "IncompleteSignature", "The request signature does not conform to the signing standard."
    ),
    # The text after the first colon is the server's string to sign: clients compare it with their own.
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
    Reason.KEY_UNKNOWN: _gateway(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    Reason.KEY_INACTIVE: _gateway(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."),
    Reason.TOKEN_REQUIRED: _gateway(400, "MissingSecurityToken", "SecurityToken is mandatory for this action."),
    Reason.TOKEN_MISMATCH: _gateway(
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    Reason.TOKEN_EXPIRED: _gateway(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
    Reason.NOT_PERMITTED: _business(403, "Error.NoPermissionAccess", "No permission to access our service."),
    Reason.PARAMETER_EMPTY: _business(
        403, "InvalidParam.ParamMissing", "Please check if there is param empty in your imput."
    ),
    Reason.IMAGE_TYPE_EMPTY: _business(400, "InvalidParam.ImageTypeEmpty", "The image type is empty."),
    Reason.IMAGE_TYPE_INVALID: _business(400, "InvalidParam.ImageTypeInvalid", "The image type is not valid."),
    Reason.FACE_PICTURE_REQUIRED: _business(
        400, "InvalidParam.FacePicNotGiven", "At least one of the two given images has a type of FacePic."
    ),
    Reason.IMAGE_ADDRESS: _ADDRESS,
    Reason.IMAGE_NOT_FOUND: _NOT_FOUND,
    Reason.IMAGE_TIMEOUT: _NOT_FOUND,
    Reason.IMAGE_TOO_LARGE: _ADDRESS,
    Reason.IMAGE_UNREADABLE: _ADDRESS,
    Reason.NO_FACE: _business(400, "Error.NoFaceDetected", "No face detected from given images."),
    # Failures of ours keep their status in every deployment: alarms count it.
    Reason.COMPARE_FAILED: _gateway(
        500, "Error.CompareFacesError", "CompareFaces action failed due to internal error."
    ),
    Reason.INTERNAL: _gateway(
        500, "Error.InternalError", "The request processing has failed due to some unknown error."
    ),
}
