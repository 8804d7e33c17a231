"""The one error class and its reasons. `visage.api.errors` maps reasons to wire errors."""

from enum import Enum, auto


class Reason(Enum):
    """Why a request has no result."""

    # the request's shape
    UNKNOWN_ACTION = auto()
    UNKNOWN_VERSION = auto()
    METHOD_NOT_ALLOWED = auto()
    BODY_MALFORMED = auto()
    BODY_NOT_JSON = auto()
    PARAMETER_REPEATED = auto()
    PARAMETER_REQUIRED = auto()
    """A parameter that every signed request carries is absent."""
    # who asks
    PAST_FRONT_DOOR = auto()
    """The request reached API Gateway without passing the distribution in front of it."""
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
    THROTTLED = auto()
    """The client has called too often."""
    # the operation's parameters
    FIELD_INVALID = auto()
    """A field of a JSON body is missing or breaks its rule; the detail says which."""
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
    SEVERAL_FACES = auto()
    FACE_TOO_SMALL = auto()
    FACE_BLURRED = auto()
    FACE_TURNED = auto()
    """The head is turned too far away from the camera."""
    FACE_COVERED = auto()
    """Sunglasses cover the eyes, or a mask or the like covers the mouth."""
    FACE_POOR = auto()
    """The face passes every single limit, but its overall quality is too poor."""
    FACE_CONFLICT = auto()
    """The face matches another person of the same group."""
    COMPARE_FAILED = auto()
    # the library
    PERSON_EXISTS = auto()
    PERSON_UNKNOWN = auto()
    FACE_OWNER_UNKNOWN = auto()
    """PERSON_UNKNOWN of DeleteFaces, for which the contract has another code."""
    GROUP_UNKNOWN = auto()
    TOO_MANY_GROUPS = auto()
    TOO_MANY_FACES = auto()
    MODEL_CHANGED = auto()
    """The group's embeddings come from another model than this deployment's."""
    # tasks
    TASK_UNKNOWN = auto()
    TASK_EXPIRED = auto()
    """The task existed, but its result is no longer kept."""
    # interactive liveness
    SESSION_UNKNOWN = auto()
    """The session does not exist, or belongs to another client; both look the same."""
    SESSION_USED = auto()
    SESSION_EXPIRED = auto()
    # ours
    ANSWER_TOO_LARGE = auto()
    """The result of the call is larger than a response can be."""
    OUT_OF_TIME = auto()
    CONTENDED = auto()
    """Too many concurrent writers of one person, or more requests than the table accepts."""
    BUSY = auto()
    """AWS accepted only a part of what was to be written or queued."""
    INTERNAL = auto()


class VisageError(Exception):
    """The error of a request. `detail` tells the caller what to change; it must contain nothing of an image, key,
    signature or URL query."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
