"""The one error class. What a reason looks like on the wire is `visage.api.errors`' business."""

from enum import Enum, auto


class Reason(Enum):
    """Why a request was not answered with a result."""

    # the request's shape
    UNKNOWN_ACTION = auto()
    UNKNOWN_VERSION = auto()
    METHOD_NOT_ALLOWED = auto()
    BODY_MALFORMED = auto()
    PARAMETER_REPEATED = auto()
    PARAMETER_REQUIRED = auto()
    """A parameter that every signed request carries is absent."""
    # who asks
    SIGNATURE_INCOMPLETE = auto()
    SIGNATURE_MISMATCH = auto()
    SIGNATURE_UNSUPPORTED = auto()
    TIMESTAMP_MALFORMED = auto()
    TIMESTAMP_EXPIRED = auto()
    NONCE_USED = auto()
    KEY_UNKNOWN = auto()
    KEY_INACTIVE = auto()
    TOKEN_REQUIRED = auto()
    TOKEN_MISMATCH = auto()
    TOKEN_EXPIRED = auto()
    NOT_PERMITTED = auto()
    # the operation's parameters
    PARAMETER_EMPTY = auto()
    IMAGE_TYPE_EMPTY = auto()
    IMAGE_TYPE_INVALID = auto()
    FACE_PICTURE_REQUIRED = auto()
    # images
    IMAGE_ADDRESS = auto()
    """The address has no accepted form, or leads where it may not."""
    IMAGE_NOT_FOUND = auto()
    """Nothing could be read from the address."""
    IMAGE_TIMEOUT = auto()
    IMAGE_TOO_LARGE = auto()
    """More bytes or pixels than allowed."""
    IMAGE_UNREADABLE = auto()
    """The bytes are not a whole image of an accepted format."""
    # faces
    NO_FACE = auto()
    COMPARE_FAILED = auto()
    # ours
    INTERNAL = auto()


class VisageError(Exception):
    """`detail` tells the caller what to change; it must hold nothing of an image, key, signature or URL query."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
