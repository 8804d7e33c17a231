"""Schemas that operations share. Bounds come from the code that enforces them."""

from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import VERSIONS as GREEN_VERSIONS
from visage.api.dialects.rpc import VERSIONS as RPC_VERSIONS
from visage.api.errors import GREEN_STATUSES
from visage.api.payloads.compare_faces import _TYPES as IMAGE_TYPES
from visage.api.payloads.paging import _CURSOR, _MAX_PAGES, PAGE_SIZES
from visage.api.scans.scan import TASK_BYTES, TASKS
from visage.api.scans.scenes import FACES as FACES_LOOKED_UP
from visage.faces.appearance.recapture import SMALL, TIGHT
from visage.gallery.persons.types import FACES, GROUPS
from visage.media.urls import LONGEST

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **rules: Any) -> Schema:
    return {"type": "string", **rules, **({"description": description} if description else {})}


def number(description: str = "", **rules: Any) -> Schema:
    return {"type": "number", **rules, **({"description": description} if description else {})}


def whole(description: str = "", **rules: Any) -> Schema:
    return {"type": "integer", **rules, **({"description": description} if description else {})}


def flag(description: str = "") -> Schema:
    return {"type": "boolean", **({"description": description} if description else {})}


def array(items: Schema, description: str = "", **rules: Any) -> Schema:
    return {"type": "array", "items": items, **rules, **({"description": description} if description else {})}


def record(properties: dict[str, Schema], required: tuple[str, ...] | None = None, description: str = "") -> Schema:
    """An object. All of its properties are required unless `required` names some; others are allowed."""
    wanted = list(properties if required is None else required)
    return {
        "type": "object",
        "properties": properties,
        **({"required": wanted} if wanted else {}),
        **({"description": description} if description else {}),
    }


def count(pattern_of: str, low: int, high: int, default: int) -> Schema:
    """A whole number, or its digits as text."""
    return {
        "description": pattern_of,
        "default": default,
        "anyOf": [{"type": "integer", "minimum": low, "maximum": high}, {"type": "string", "pattern": "^[0-9]{1,18}$"}],
    }


_ID = f"^{fields.ID.pattern}$"
_PIXELS = "Pixels from the top left of the upright image."
CODE = whole("Green's code for success.", const=200)

SHARED: dict[str, Schema] = {
    "Id": {
        "description": "Of a person or a group. A whole number is read as text.",
        "anyOf": [
            {"type": "string", "pattern": _ID, "examples": ["ann"]},
            {"type": "integer", "minimum": 0, "maximum": 10**32 - 1},
        ],
    },
    "GivenId": text("Of a person or a group.", pattern=_ID, examples=["ann"]),
    "GroupIds": array(ref("Id"), "Duplicates count once.", minItems=1, maxItems=GROUPS),
    "FaceId": {
        "description": "Text, or a number if the client can represent it exactly.",
        "anyOf": [{"type": "string", "pattern": "^[0-9]{1,19}$"}, {"type": "integer", "minimum": 0}],
    },
    "FaceIds": array(ref("FaceId"), minItems=1, maxItems=fields.FACE_IDS),
    "GivenFaceId": text("A decimal number.", pattern="^[0-9]{1,19}$", examples=["4503599627370497"]),
    "DataId": {
        "description": "The client's own id for the request or task; the response repeats it. Empty: none.",
        "anyOf": [{"type": "string", "maxLength": fields.DATA_ID_LENGTH}, {"type": "integer"}],
    },
    "Name": text(maxLength=fields.TEXT_LIMITS["name"]),
    "Note": text(maxLength=fields.TEXT_LIMITS["note"]),
    "ImageAddress": text(
        f"A public `http://` or `https://` URL of at most {LONGEST} characters; `oss://<bucket>:<path>` or "
        "`oss://<bucket>/<path>` of an uploaded object; or `base64://` and the image. PNG, JPEG, BMP, GIF or WebP.",
        minLength=1,
        pattern=r"\S",
        examples=["https://photos.example.com/ann.jpg"],
    ),
    "RepeatedAddress": {"description": "As sent; of an inline image only `base64://`."},
    "ImageType": text(
        "`FacePic`: a photo. `IDPic`: the portrait read from a second-generation Chinese ID card's chip.",
        enum=sorted(IMAGE_TYPES),
    ),
    "Extras": {
        "type": "object",
        "description": "Parameters of the scene, as below, and anything else; the response repeats it. At most "
        f"{TASK_BYTES} bytes besides images.",
        "properties": {
            "groupId": ref("Id") | {"description": "sface-n: the group to search in."},
            "maxFaces": count("sface-n: faces of the image to look up, the largest first.", *FACES_LOOKED_UP[1:],
                               FACES_LOOKED_UP[0]),
            "faceUrl": ref("ImageAddress") | {"description": "sface-1: the image to compare with."},
            "useLargest": {
                "description": "sface-1: take the largest of several faces.", "enum": [True, False, "true", "false"]
            },
        },
    },
    "Task": record(
        {"dataId": ref("DataId"), "url": ref("ImageAddress"), "extras": ref("Extras")}, ("url",),
        "One image. Each parameter comes from the task's extras, else from the task, else from the call.",
    ),
    "Page": record(
        {
            "currentPage": count("Counted from 1.", 1, _MAX_PAGES, 1),
            "pageSize": count("Persons per page.", *PAGE_SIZES, 20),
            "cursor": text("`nextCursor` of the previous response; takes precedence over `currentPage`.",
                           pattern=f"^({_CURSOR.pattern})?$"),
        },
        (),
    ),
    "Tasks": array(ref("Task"), minItems=1, maxItems=TASKS),
    "Urls": array(ref("ImageAddress"), minItems=1, maxItems=FACES),
    "Thresholds": record(
        {rate: number(minimum=0, maximum=100) for rate in ("0.01", "0.001", "0.0001")},
        None,
        "False match rate → score from which two faces match.",
    ),
    "Location": record({name: whole() for name in ("x", "y", "w", "h")}, None, _PIXELS),
    "FaceItem": record(
        {name: whole() for name in ("x", "y", "width", "height")}, None, _PIXELS
    ),
    "Label": text(enum=["same", "different", "found", "none", "normal", "liveness"]),
    "Suggestion": text(enum=["pass", "review", "block"]),
    "Rate100": number(minimum=0, maximum=100),
    "Found": record(
        {
            "personId": ref("GivenId"), "faceId": ref("GivenFaceId"), "rate": ref("Rate100"), "name": ref("Name"),
            "note": ref("Note"),
        },
        None,
        "A person of the group, with its most similar face.",
    ),
    "Result": {
        "description": "The result of a scene.",
        "type": "object",
        "required": ["scene", "label", "suggestion", "rate"],
        "properties": {
            "scene": text(enum=["sface-n", "sface-1", "liveness"]),
            "label": ref("Label"),
            "suggestion": ref("Suggestion"),
            "rate": ref("Rate100"),
            "reason": text("liveness: why an image for review cannot be judged.", enum=[SMALL, TIGHT]),
            "thresholds": ref("Thresholds"),
            "topPersonData": array(
                record({
                    "faceItem": ref("FaceItem"), "persons": array(ref("Found"), "Most similar first.", maxItems=5),
                }),
                "sface-n: one per face looked up.",
                maxItems=FACES_LOOKED_UP[2],
            ),
        },
    },
    "TaskEntry": record(
        {
            "code": whole("200; 280 while the task waits; or an error's code.", enum=sorted(GREEN_STATUSES)),
            "msg": text(), "taskId": text(), "dataId": ref("DataId"), "url": ref("RepeatedAddress"), "extras": {},
            "results": array(ref("Result")),
        },
        ("code", "msg"),
    ),
}  # fmt: skip
"""Schema components by name."""

VERSIONS = {"Green": sorted(GREEN_VERSIONS), "Cloudauth": sorted(RPC_VERSIONS)}
