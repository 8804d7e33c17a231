"""Why a sequence is rejected, where, by how much, and what the person can do about it."""

from dataclasses import dataclass
from enum import Enum

from visage.liveness.actions import Action


class Flaw(Enum):
    """Why a sequence is rejected; the value is its name on the wire."""

    NO_FACE = "noFace"
    """A frame has no face, or a covered one."""
    SEVERAL_FACES = "severalFaces"
    SMALL_FACE = "smallFace"
    MIXED_SIZES = "mixedSizes"
    """A frame has another width or height than the first one: it came from another camera."""
    REPEATED = "repeatedFrames"
    """Two frames are the same picture, perhaps recompressed or mirrored."""
    OUT_OF_ORDER = "outOfOrder"
    """The head moves as if the frames were shuffled."""
    JUMP = "jump"
    """The face or its lighting jumps between two frames."""
    OTHER_PERSON = "otherPerson"
    ACTION_MISSING = "actionMissing"
    """An action was not seen after the previous one."""
    OTHER_ACTIONS = "otherActions"
    """More actions were shown than requested: a recording that contains all of them."""
    FLAT = "flatFace"
    """A photo was turned: it moves like a sheet, not like a head."""
    RECAPTURED = "recaptured"
    """The best frames show a screen or a print."""


class Hint(Enum):
    """What to say to the person; the value is its name on the wire."""

    SHOW_FACE = "showFace"
    MORE_LIGHT = "moreLight"
    ONE_PERSON = "onePerson"
    COME_CLOSER = "comeCloser"
    HOLD_STILL = "holdStill"
    MOVE_SLOWER = "moveSlower"
    TURN_LESS = "turnLess"
    TURN_MORE = "turnMore"
    NOD_MORE = "nodMore"
    OPEN_WIDER = "openWider"
    CLOSE_EYES = "closeEyes"
    ONLY_ASKED = "onlyAsked"
    OWN_HEAD = "ownHead"
    OWN_FACE = "ownFace"
    ONE_CAMERA = "oneCamera"
    RECORD_AGAIN = "recordAgain"


class Unit(Enum):
    """What a finding's numbers are; the value is its name on the wire."""

    PIXELS = "pixels"
    DEGREES = "degrees"
    GREY_LEVELS = "greyLevels"
    FACES = "faces"
    """Widths of the face."""
    EYE_DISTANCES = "eyeDistances"
    """Distances between the outer corners of the eyes."""
    SHARE = "share"
    SCORE = "score"
    """0–100."""
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for which a sequence is rejected."""

    flaw: Flaw
    hint: Hint
    frame: int | None = None
    """Index of the first frame that shows it; None if all frames together do."""
    action: Action | None = None
    measured: float | None = None
    limit: float | None = None
    """What `measured` must not exceed, or not fall short of."""
    unit: Unit | None = None
