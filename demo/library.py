"""Two groups and three people: enrolled, searched, moved, deleted, and searched again."""

import io
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from aliyunsdkcore.client import AcsClient
from PIL import Image, ImageDraw

from demo.calls import inline
from demo.steps import Step

_GUEST = (0.74, 0.09, 0.98, 0.55)
"""The woman in green in sample6.jpg: left, top, right, bottom, as shares of the picture."""
_EYES = (0.479, 0.185), (0.609, 0.181)
"""The eyes in obama.jpg, as shares of the picture."""
_DARK = (15, 15, 18)
"""The colour of sunglasses."""


def steps(client: AcsClient, endpoint: str, folder: Path) -> Iterator[Step]:
    def call(action: str, **body: Any) -> dict[str, Any]:
        return call_green(client, endpoint, action, body)

    def add(person: str, groups: list[str], image: bytes) -> Step:
        made = call("AddPerson", personId=person, groupIds=groups, name=person.capitalize())
        faces = call("AddFaces", personId=person, urls=[inline(image)])["data"]["faceImageItems"]
        good = made["code"] == 200 and [face["success"] for face in faces] == [True]
        return Step(f"add {person} to {', '.join(groups)}", f"{made['msg']}, {len(faces)} face", "enrolled", good)

    def refuse(title: str, person: str, image: bytes) -> Step:
        (face,) = call("AddFaces", personId=person, urls=[inline(image)])["data"]["faceImageItems"]
        answer = face.get("msg", "enrolled").partition(".")[0]
        return Step(f"add {title} to {person}", answer, "refused", not face["success"])

    def search(title: str, group: str, image: bytes, expected: list[str]) -> Step:
        task = {"url": inline(image), "extras": {"groupId": group}, "maxFaces": 4}
        result = call("ImageSyncScan", scenes=["sface-n"], tasks=[task])["data"][0]["results"][0]
        # count top candidates that reach the threshold at which 1 in 1,000 searches of strangers would pass
        tops = [face["persons"][0] for face in result["topPersonData"] if face["persons"]]
        threshold = float(result["thresholds"]["0.001"])
        found = sorted(top["name"] for top in tops if top["rate"] >= threshold)
        answer = f"{result['label']}: {', '.join(found) or 'nobody'}"
        return Step(f"search {title} in {group}", answer, ", ".join(expected) or "nobody", found == expected)

    def moved(action: str, title: str, **body: Any) -> Step:
        answer = call(action, **body)
        return Step(title, answer["msg"], "OK", answer["code"] == 200)

    obama, again, biden = ((folder / name).read_bytes() for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    party = (folder / "sample6.jpg").read_bytes()
    yield add("obama", ["office"], obama)
    yield refuse("a photo in sunglasses", "obama", _in_sunglasses(obama))
    yield add("biden", ["office", "party"], biden)
    yield add("guest", ["party"], _cut(party, _GUEST))
    yield search("another photo of obama", "office", again, ["Obama"])
    yield search("another photo of obama", "party", again, [])
    yield search("a photo of four", "party", party, ["Guest"])
    yield moved("AddGroups", "add obama to party", personId="obama", groupIds=["party"])
    yield moved("DeleteGroups", "remove obama from office", personId="obama", groupIds=["office"])
    yield search("another photo of obama", "office", again, [])
    yield search("another photo of obama", "party", again, ["Obama"])
    yield moved("DeletePerson", "delete obama", personId="obama")
    yield search("another photo of obama", "party", again, [])


def call_green(client: AcsClient, endpoint: str, action: str, body: Any) -> dict[str, Any]:
    """Call one action of the product Green through the official client's class for it."""
    request = getattr(import_module(f"aliyunsdkgreen.request.v20180509.{action}Request"), f"{action}Request")()
    request.set_endpoint(endpoint)
    request.set_accept_format("JSON")
    request.set_content(json.dumps(body))
    _status, _headers, answer = client.get_response(request)
    return json.loads(answer)


def _cut(photo: bytes, shares: tuple[float, float, float, float]) -> bytes:
    picture = Image.open(io.BytesIO(photo)).convert("RGB")
    sides = (*picture.size, *picture.size)
    return _jpeg(picture.crop([round(share * side) for share, side in zip(shares, sides, strict=True)]))


def _in_sunglasses(photo: bytes) -> bytes:
    picture = Image.open(io.BytesIO(photo)).convert("RGB")
    drawing, side = ImageDraw.Draw(picture), picture.height
    eyes = [(across * picture.width, down * picture.height) for across, down in _EYES]
    for across, down in eyes:
        lens = [across - 0.045 * side, down - 0.032 * side, across + 0.045 * side, down + 0.038 * side]
        drawing.ellipse(lens, fill=_DARK)
    drawing.line(eyes, fill=_DARK, width=round(0.01 * side))
    return _jpeg(picture)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()
