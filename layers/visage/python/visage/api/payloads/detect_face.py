"""Face descriptions on the wire, in the formats of DetectFace (Green) and DetectFaceAttributes (Cloudauth)."""

from collections.abc import Mapping, Sequence
from typing import Any

from visage.api.dialects.fields import flag, sent_data_id
from visage.api.dialects.green import OK, GreenCall, echo, task_id
from visage.errors import Reason, VisageError
from visage.faces.appearance.attributes import Estimate
from visage.faces.appearance.blur import LIMIT
from visage.faces.describe import Description
from visage.media.decode import Picture
from visage.media.sources import check_address

SECONDS = 5.5
"""Seconds before a call is answered with a timeout; the contract allows 6 s in total."""
MOST_MATERIAL_FACES = 5
"""Number of faces that DetectFaceAttributes describes."""

_TURNED = 30.0
"""Degrees from which a face is not `qualified`."""
_PROFILE = 45.0
"""Degrees of yaw from which DetectFaceAttributes calls a face a profile."""
_SMILE = 50.0
"""Of 100: the degree from which a face smiles."""
_BLURRED = 2.0
"""Value of DetectFaceAttributes' `Blur` from which a face is blurred; equals `LIMIT` on our scale."""


def detection_data(call: GreenCall, picture: Picture, faces: Sequence[Description]) -> dict[str, Any]:
    """DetectFace's data: the request's own fields, the image's size, and its faces, largest first.

    With `mesh` true in the body, an extension of ours, each face includes its mesh points.
    """
    meshed = flag(call.body, "mesh")
    return {
        "code": OK,
        "msg": "OK",
        **sent_data_id(call.body),
        "url": echo(call.body["url"]),
        "taskId": task_id(),
        "extras": {"width": str(picture.width), "height": str(picture.height)},
        "faces": [face_data(face, picture) | (_mesh(face, picture) if meshed else {}) for face in faces],
    }


def material_address(parameters: Mapping[str, str]) -> str:
    """The address of DetectFaceAttributes' image. Raises VisageError: PARAMETER_EMPTY, IMAGE_ADDRESS."""
    address = parameters.get("MaterialValue", "").strip()
    if not address:
        raise VisageError(Reason.PARAMETER_EMPTY, "MaterialValue is empty.")
    check_address(address)
    return address


def material_data(picture: Picture, faces: Sequence[Description]) -> dict[str, Any]:
    """DetectFaceAttributes' data."""
    return {
        "ImgWidth": picture.width,
        "ImgHeight": picture.height,
        "FaceInfos": {"FaceAttributesDetectInfo": [_material_face(face, picture) for face in faces]},
    }


def face_data(described: Description, picture: Picture) -> dict[str, Any]:
    """One of DetectFace's `faces`; `qualified` is computed from the rounded numbers in the response."""
    attributes, pose = described.attributes, described.pose
    left, top, width, height = _location(described, picture)
    angles = {name: round(getattr(pose, name), 2) for name in ("pitch", "yaw", "roll")}
    blur = round(described.blur, 2)
    straight = all(abs(angle) <= _TURNED for angle in angles.values())
    return {
        "location": {"x": left, "y": top, "w": width, "h": height},
        "smile": {"value": round(attributes.smile_degree, 4), "rate": round(attributes.smile_rate, 4)},
        "glasses": _estimate(attributes.glasses),
        "quality": {"blur": blur, **angles},
        "qualified": blur < LIMIT and attributes.glasses.value != "Sunglass" and straight,
        "respirator": _estimate(attributes.respirator),
        "hat": _estimate(attributes.hat),
        "mustache": _estimate(attributes.mustache),
        "bang": _estimate(attributes.bang),
        "hairstyle": _estimate(attributes.hairstyle),
    }


def _mesh(described: Description, picture: Picture) -> dict[str, Any]:
    """The mesh points, each [x, y], in pixels of the upright original image."""
    rows, columns = picture.pixels.shape[:2]
    points = described.mesh[:, :2] * (picture.width / columns, picture.height / rows)
    return {"mesh": points.round(1).tolist()}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "rate": round(estimate.rate, 4)}


def _material_face(described: Description, picture: Picture) -> dict[str, Any]:
    """One of DetectFaceAttributes' faces: the contract names the fields and what is good, the scales are ours.

    `Facequal` starts at 100 and drops by 10 per point of blur. `Integrity` is the share of the face's box inside the
    image, times the confidence that the mesh lies on a face.
    """
    attributes, pose, box = described.attributes, described.pose, described.face.box
    left, top, width, height = _location(described, picture)
    scale = picture.width / picture.pixels.shape[1]
    inside = min(width * height / (box.area * scale**2), 1)
    return {
        "FaceRect": {"Left": left, "Top": top, "Width": width, "Height": height},
        "FaceAttributes": {
            "Glasses": attributes.glasses.value,
            "Facequal": round(max(100 - 10 * described.blur, 0), 2),
            "Integrity": round(100 * inside * described.presence),
            "Facetype": "Profile" if abs(pose.yaw) > _PROFILE else "Face",
            "Respirator": attributes.respirator.value,
            "Blur": round(described.blur * _BLURRED / LIMIT, 2),
            "Smiling": {"Value": round(100 * attributes.smile_degree, 2), "Threshold": _SMILE},
            "Headpose": {
                "PitchAngle": round(pose.pitch, 2),
                "RollAngle": round(pose.roll, 2),
                "YawAngle": round(pose.yaw, 2),
            },
        },
    }


def _location(described: Description, picture: Picture) -> tuple[int, int, int, int]:
    """Left, top, width and height of the face's box, clipped to the image, in pixels of the upright original image."""
    box = described.face.box
    rows, columns = picture.pixels.shape[:2]
    across, down = picture.width / columns, picture.height / rows
    left, right = (round(min(max(x, 0), columns) * across) for x in (box.left, box.left + box.width))
    top, bottom = (round(min(max(y, 0), rows) * down) for y in (box.top, box.top + box.height))
    return left, top, right - left, bottom - top
