"""The operations of the Green dialect, by action."""

from openapi.operation import IMAGE, Operation
from openapi.schemas import CODE, Schema, array, count, flag, number, record, ref, text, whole
from visage.api.dialects import fields
from visage.api.payloads import keyring, liveness
from visage.api.scans import async_scan
from visage.api.scans.scan import TASKS
from visage.errors import Reason
from visage.faces.describe import MOST
from visage.liveness.actions import Action
from visage.liveness.bounds import FRAMES
from visage.liveness.flaws import Flaw, Hint, Unit

ENROLMENT = (
    *(*IMAGE, Reason.NO_FACE, Reason.SEVERAL_FACES, Reason.FACE_TOO_SMALL, Reason.FACE_BLURRED, Reason.FACE_TURNED),
    *(Reason.FACE_POOR, Reason.FACE_COVERED, Reason.FACE_CONFLICT),
)
"""Reasons not to enrol an image; reported in that image's item, not by the call."""


def _person(**more: Schema) -> Schema:
    return record({"personId": ref("Id"), **more}, ("personId",))


def _done(**data: Schema) -> Schema:
    return record({"code": CODE, **data})


_GROUPS = array(ref("GivenId"))
_SCENES = array(text(enum=list(async_scan.SCENES)), "What to look for.", minItems=1)
_NAMES = {"name": ref("Name"), "note": ref("Note")}
_CLIENT = {
    "clientId": text("An AccessKeyId."), "name": text(), "library": text(), "allow": array(text()),
    "active": flag(), "rate": {"type": ["number", "null"]}, "daily": {"type": ["integer", "null"]},
}  # fmt: skip
_SESSION = f"^{liveness._SESSION_ID.pattern}$"
_SCAN = (Reason.ANSWER_TOO_LARGE,)
_TASK = (
    *(*IMAGE, Reason.FIELD_INVALID, Reason.NO_FACE, Reason.SEVERAL_FACES, Reason.GROUP_UNKNOWN, Reason.MODEL_CHANGED),
    *(Reason.NOT_PERMITTED, Reason.OUT_OF_TIME),
)

_FACE = record({
    "location": ref("Location"),
    "smile": record({"value": number(minimum=0, maximum=1), "rate": number(minimum=0, maximum=1)}),
    **{
        name: record({"value": text(enum=values), "rate": number(minimum=0, maximum=1)})
        for name, values in {
            "glasses": ["None", "Wear", "Sunglass"],
            "respirator": ["Wear", "None"],
            "hat": ["Wear", "None"],
            "mustache": ["Has", "None"],
            "bang": ["Has", "None"],
            "hairstyle": ["Bald", "Long", "Short"],
        }.items()
    },
    "quality": record({
        "blur": number("Higher is blurrier.", minimum=0, maximum=20),
        **{name: number("Degrees.", minimum=-180, maximum=180) for name in ("pitch", "yaw", "roll")},
    }),
    "qualified": flag("Sharp, without sunglasses, and turned by at most 30 degrees."),
})  # fmt: skip

_MESH_WANTED = {"description": "Whether to return each face's mesh.", "enum": [True, False, "true", "false"]}
_MESH = array(
    array(number(), minItems=2, maxItems=2), "Points of MediaPipe's face mesh, in pixels; only on request.",
    minItems=468, maxItems=468,
)  # fmt: skip

GREEN: dict[str, Operation] = {
    "AddPerson": Operation(
        "Persons", "Create a person in groups", "Groups that do not exist are created.",
        record({"personId": ref("Id"), "groupIds": ref("GroupIds"), **_NAMES}, ("personId", "groupIds")),
        _done(personId=ref("GivenId"), groupIds=_GROUPS),
        (Reason.PERSON_EXISTS, Reason.TOO_MANY_GROUPS),
    ),
    "SetPerson": Operation(
        "Persons", "Set a person's name and note", "Omitted fields keep their values.",
        _person(**_NAMES), _done(personId=ref("GivenId")), (Reason.PERSON_UNKNOWN,),
    ),
    "GetPerson": Operation(
        "Persons", "Read a person", "", _person(),
        _done(personId=ref("GivenId"), groupIds=_GROUPS, faceIds=array(ref("GivenFaceId")), **_NAMES),
        (Reason.PERSON_UNKNOWN,),
    ),
    "DeletePerson": Operation(
        "Persons", "Delete a person with all its faces", "", _person(),
        _done(personId=ref("GivenId"), deleteCount=whole(const=1)), (Reason.PERSON_UNKNOWN,),
    ),
    "AddFaces": Operation(
        "Faces", "Enrol images of a person", "One face per image. Each image is enrolled or refused on its own.",
        record({"personId": ref("Id"), "urls": ref("Urls"), "dataId": ref("DataId")}, ("personId", "urls")),
        _done(
            personId=ref("GivenId"), groupIds=_GROUPS,
            faceImageItems=array(record(
                {
                    "success": flag(), "faceId": whole(minimum=0),
                    "code": whole("If refused: the error."), "msg": text("If refused: why."),
                    "conflicts": array(
                        record({
                            "groupId": ref("GivenId"), "personId": ref("GivenId"), "faceId": ref("GivenFaceId"),
                            "rate": ref("Rate100"),
                        }),
                        "Similar faces of other persons in the same groups.",
                    ),
                },
                ("success",),
            ), "One per image, in the given order."),
        ),
        (Reason.PERSON_UNKNOWN, Reason.TOO_MANY_FACES, Reason.MODEL_CHANGED, Reason.NOT_PERMITTED), ENROLMENT,
    ),
    "GetFaces": Operation(
        "Faces", "List a person's faces", "All faces, or those in `faceIds`.", _person(faceIds=ref("FaceIds")),
        _done(faceImageItems=array(record(
            {"success": flag(), "faceId": whole(minimum=0), "msg": text(), "url": text("Valid for a few minutes.")},
            ("success", "faceId"),
        ))),
        (Reason.PERSON_UNKNOWN,),
    ),
    "DeleteFaces": Operation(
        "Faces", "Remove faces of a person", "A face that the person does not have is not an error.",
        record({"personId": ref("Id"), "faceIds": ref("FaceIds")}),
        _done(personId=ref("GivenId"), faceIds=array(ref("GivenFaceId")), deleteCount=whole(minimum=0)),
        (Reason.FACE_OWNER_UNKNOWN,),
    ),
    "GetGroups": Operation("Groups", "List all groups", "", record({}), _done(groupIds=_GROUPS)),
    "GetPersons": Operation(
        "Groups", "List a group's persons, page by page", "",
        {"allOf": [record({"groupId": ref("Id")}), ref("Page")]},
        _done(
            personIds=array(ref("GivenId")), currentPage=whole(minimum=1), pageSize=whole(minimum=1, maximum=100),
            totalCount=whole(minimum=0), nextCursor=text("Empty after the last person."),
        ),
        (Reason.GROUP_UNKNOWN,),
    ),
    "AddGroups": Operation(
        "Groups", "Add a person to groups", "If one of them does not exist, nothing changes.",
        record({"personId": ref("Id"), "groupIds": ref("GroupIds")}), _done(personId=ref("GivenId"), groupIds=_GROUPS),
        (Reason.PERSON_UNKNOWN, Reason.GROUP_UNKNOWN),
    ),
    "DeleteGroups": Operation(
        "Groups", "Remove a person from groups", "The person keeps its faces.",
        record({"personId": ref("Id"), "groupIds": ref("GroupIds")}), _done(personId=ref("GivenId"), groupIds=_GROUPS),
        (Reason.PERSON_UNKNOWN,),
    ),
    "SearchPerson": Operation(
        "Scans", "Find persons of a group in an image", "A short form of sface-n, whose body it also takes.",
        {
            "anyOf": [
                record({"url": ref("ImageAddress"), "groupId": ref("Id"), "dataId": ref("DataId")}, ("url", "groupId")),
                record({"urls": ref("Urls"), "groupId": ref("Id")}),
                record({"scenes": array(text(const="sface-n"), minItems=1), "tasks": ref("Tasks")}),
            ]
        },
        array(ref("TaskEntry")), _SCAN, _TASK,
    ),
    "ImageSyncScan": Operation(
        "Scans", "Scan images now",
        "sface-n: which persons of a group are in the image. sface-1: whether it shows the person of `faceUrl`. "
        "liveness: whether it is a photo of a picture. A failed task does not affect the others.",
        record({"scenes": _SCENES, "tasks": ref("Tasks"), "bizType": text()}, ("scenes", "tasks")),
        array(ref("TaskEntry")), _SCAN, _TASK,
    ),
    "ImageAsyncScan": Operation(
        "Scans", "Scan images asynchronously", "Each task gets a `taskId`, which identifies its result.",
        record(
            {
                "scenes": _SCENES, "tasks": ref("Tasks"), "bizType": text(),
                "callback": text("A public URL that each result is posted to.", maxLength=2048),
                "seed": text("Part of the callback's checksum; required with `callback`.",
                             pattern=f"^{fields.SEED.pattern}$"),
                "cryptType": text(enum=["", "SHA256"]),
            },
            ("scenes", "tasks"),
        ),
        array(ref("TaskEntry")), _SCAN, (Reason.FIELD_INVALID, Reason.BUSY),
    ),
    "ImageAsyncScanResults": Operation(
        "Scans", "Get results", "Results are kept for an hour.",
        array(text(examples=["img0123456789abcdefABCDEF"]), minItems=1, maxItems=TASKS), array(ref("TaskEntry")), _SCAN,
        (*_TASK, Reason.TASK_UNKNOWN, Reason.TASK_EXPIRED, Reason.INTERNAL),
    ),
    "DetectFace": Operation(
        "Attributes", "Describe the faces of an image", "The data is also at the top level of the response.",
        record(
            {
                "url": ref("ImageAddress"), "dataId": ref("DataId"), "bizType": text(), "mesh": _MESH_WANTED,
                "maxFaces": count("Faces to describe, the largest first.", 1, MOST, MOST),
            },
            ("url",),
        ),
        record(
            {
                "code": CODE, "msg": text(), "dataId": ref("DataId"), "taskId": text(), "url": ref("RepeatedAddress"),
                "extras": record({"width": text(pattern="^[0-9]+$"), "height": text(pattern="^[0-9]+$")}),
                "faces": array(_FACE | {"properties": _FACE["properties"] | {"mesh": _MESH}}, "The largest first."),
            },
            ("code", "msg", "taskId", "url", "extras", "faces"),
        ),
        IMAGE,
    ),
    "CreateLivenessSession": Operation(
        "Liveness", "Start a session with random actions", "A session is valid for one verification within 3 minutes.",
        record({}),
        _done(
            sessionId=text(pattern=_SESSION),
            actions=array(text(enum=[action.value for action in Action]), minItems=2, maxItems=4),
            expiresAt=text(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"),
            advice=record(
                {
                    "frames": record({"least": whole(), "most": whole()}),
                    "framesPerSecond": record({"least": whole(), "most": whole(), "best": whole()}),
                    "longerSide": record({"best": whole()}, None, "Longer side of a frame, in pixels."),
                    "faceSide": record({"least": whole(), "best": whole()}, None, "Side of the face, in pixels."),
                },
                None,
                "How to record the frames.",
            ),
        ),
    ),
    "VerifyLiveness": Operation(
        "Liveness", "Check that frames show one live person performing the actions", "",
        record({
            "sessionId": text(pattern=_SESSION, examples=["Jv0cZ1mRkq8xTn5wYb3uLs7eGd2hPf6a"]),
            "urls": array(ref("ImageAddress"), "In chronological order.", minItems=FRAMES[0], maxItems=FRAMES[1]),
        }),
        _done(
            taskId=text(), sessionId=text(), passed=flag(), samePerson=flag(),
            reasons=array(text(enum=[flaw.value for flaw in Flaw])),
            actions=array(record({
                "action": text(enum=[action.value for action in Action]), "passed": flag(),
                "frame": {"type": ["integer", "null"], "minimum": 0},
            })),
            details=array(
                record({
                    "reason": text(enum=[flaw.value for flaw in Flaw]),
                    "action": {"enum": [*(action.value for action in Action), None]},
                    "frame": {"type": ["integer", "null"], "minimum": 0},
                    "measured": {"type": ["number", "null"]}, "limit": {"type": ["number", "null"]},
                    "unit": {"enum": [*(unit.value for unit in Unit), None]},
                    "hint": text(enum=[hint.value for hint in Hint]),
                    "en": text("Advice for the person."), "zh": text("The same in Chinese."),
                }),
                "Each reason, with its first frame, the measured value and its limit, and what to do.",
            ),
            best={"anyOf": [
                {"type": "null"},
                record({
                    "frame": whole(minimum=0), "location": ref("Location"),
                    "recapture": record({
                        "label": ref("Label"), "suggestion": ref("Suggestion"), "rate": ref("Rate100"),
                    }),
                }),
            ]},
        ),
        (*IMAGE, Reason.SESSION_UNKNOWN, Reason.SESSION_USED, Reason.SESSION_EXPIRED),
    ),
    "UploadCredentials": Operation(
        "Uploads", "Get credentials to upload images", "Temporary S3 credentials, and a form for browsers.",
        record({}),
        record(
            {
                **{name: text() for name in ("accessKeyId", "accessKeySecret", "securityToken", "ossEndpoint")},
                **{name: text() for name in ("ossInternalEndpoint", "region", "uploadBucket", "uploadFolder")},
                **{name: text() for name in ("enrolFolder", "scanFolder")},
                "expiredTime": whole("Milliseconds since 1970."),
                "form": record({"url": text(), "fields": {"type": "object"}}),
            },
            ("accessKeyId", "accessKeySecret", "securityToken", "expiredTime", "uploadBucket", "uploadFolder", "form"),
        ),
    ),
    "ManageClients": Operation(
        "Clients", "List, create, limit, rotate or disable clients",
        "Only where the parameter OperatorKeys is true, and for a key whose `allow` names ManageClients; such keys are "
        "made and changed by the command line. A secret is shown once, in the answer to create or rotate.",
        record(
            {
                "operation": text(enum=list(keyring.VERBS)),
                "clientId": text("The client to limit, rotate or disable."),
                "name": text("Of a new client.", minLength=1, maxLength=keyring.NAME),
                "allow": array(
                    text(pattern=f"^({keyring.ACTION.pattern})$"), "Operations that a new client may call; * for all.",
                    minItems=1, maxItems=keyring.ACTIONS,
                ),
                "library": text("Library of a new client; its own if missing."),
                "rate": {
                    "description": "Requests a second; 0 for no limit, null for the deployment's.",
                    "type": ["number", "null"], "minimum": 0, "maximum": keyring.MOST,
                },
                "daily": {
                    "description": "Requests a day, likewise.",
                    "type": ["integer", "null"], "minimum": 0, "maximum": keyring.MOST,
                },
                "hours": count("For which the secret that is replaced still works.", 0, keyring.GRACE, 24),
            },
            ("operation",),
        ),
        _done(clients=array(record(_CLIENT)), client=record({**_CLIENT, "secret": text()}, tuple(_CLIENT)))
        | {"required": ["code"]},
    ),
}  # fmt: skip
