"""DetectFace and DetectFaceAttributes, in process, with the real models."""

import calendar
import json
import time
from importlib import import_module
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from demo.portraits import portraits
from tests.conftest import ROOT
from tests.support.events import green_event, rpc_event
from tests.support.images import animation, encoded
from tests.support.make_events import CLIENT, SIGNED_AT
from visage.access.clients import clients
from visage.api.payloads import detect_face
from visage.api.security import admission
from visage.errors import Reason, VisageError
from visage.faces import describe
from visage.faces.detection import detect as detection
from visage.media import pictures
from visage.settings import settings

FACE = {
    *("location", "smile", "glasses", "quality", "qualified", "respirator", "hat", "mustache", "bang", "hairstyle"),
}
VALUES = {
    "glasses": {"None", "Wear", "Sunglass"},
    "respirator": {"None", "Wear"},
    "hat": {"None", "Wear"},
    "mustache": {"None", "Has"},
    "bang": {"None", "Has"},
    "hairstyle": {"Bald", "Long", "Short"},
}


@pytest.fixture(autouse=True)
def client(deployment):
    clients()._write(CLIENT)


@pytest.fixture
def url(monkeypatch):
    """Serve bytes, or an error, at the address of the requested image."""

    def put(content: bytes | VisageError) -> str:
        def load_all(addresses, limits, library):
            if isinstance(content, VisageError):
                raise content
            return dict.fromkeys(addresses, content)

        monkeypatch.setattr(pictures, "load_all", load_all)
        return "https://example.com/photo.jpg?token=secret"

    return put


def detect(**body) -> tuple[int, dict]:
    response = import_module("detect_face.app").handler(green_event(CLIENT, "/green/face/detect", body), None)
    return response["statusCode"], json.loads(response["body"])


def attributes(method="POST", **parameters) -> dict:
    changes = {"Action": "DetectFaceAttributes", **{k: v for k, v in parameters.items() if k == "Format"}}
    form = {name: value for name, value in parameters.items() if name != "Format"}
    if method == "GET":
        return import_module("rpc.app").handler(rpc_event(CLIENT, method="GET", **changes, **form), None)
    return import_module("rpc.app").handler(rpc_event(CLIENT, form, **changes), None)


def photo(name: str) -> Image.Image:
    return Image.open(portraits() / name).convert("RGB")


def jpeg(image: Image.Image, **options) -> bytes:
    return encoded(image, "JPEG", quality=90, **options)


def replay(name: str, monkeypatch) -> dict:
    """The response to an event of the repository, at the time at which it was signed."""
    signed_at = calendar.timegm(time.strptime(SIGNED_AT, "%Y-%m-%dT%H:%M:%SZ"))
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at))
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    response = import_module(f"{name.partition('.')[0]}.app").handler(event, None)
    assert response["statusCode"] == 200
    return json.loads(response["body"])


def test_the_events_are_answered(monkeypatch):
    data = replay("detect_face", monkeypatch)["data"]
    assert (data["code"], data["msg"], data["dataId"], len(data["faces"])) == (200, "OK", "door", 1)
    assert replay("detect_face.no_face", monkeypatch)["data"]["faces"] == []
    infos = replay("detect_face_attributes", monkeypatch)["Data"]["FaceInfos"]
    assert len(infos["FaceAttributesDetectInfo"]) == 1


def test_an_answer_has_what_the_contract_lists(url):
    address = url(jpeg(photo("obama.jpg")))
    status, body = detect(url=address, dataId="door-7", bizType="anything")
    data = body["data"]
    assert (status, body["code"], body["msg"]) == (200, 200, "OK")
    assert {name: body[name] for name in data} == data, "all of the data stand at the top level as well"
    assert (data["code"], data["dataId"], data["url"]) == (200, "door-7", address)
    assert data["extras"] == {"width": "910", "height": "1137"}
    assert isinstance(data["taskId"], str) and data["taskId"]
    (face,) = data["faces"]
    assert set(face) == FACE
    for name, values in VALUES.items():
        assert face[name]["value"] in values
        assert 0 <= face[name]["rate"] <= 1
    assert 0 <= face["smile"]["value"] <= 1 and 0 <= face["smile"]["rate"] <= 1
    assert 0 <= face["quality"]["blur"] < 5
    assert all(abs(face["quality"][angle]) < 15 for angle in ("pitch", "yaw", "roll"))
    assert face["qualified"] is True


def test_the_points_of_the_mesh_come_when_they_are_asked_for(url):
    (face,) = detect(url=url(jpeg(photo("obama.jpg"))), mesh=True)[1]["data"]["faces"]
    place, points = face["location"], np.array(face["mesh"])
    assert set(face) == FACE | {"mesh"} and points.shape == (468, 2)
    inside = (points > (place["x"], place["y"])) & (points < (place["x"] + place["w"], place["y"] + place["h"]))
    assert inside.all(axis=1).mean() > 0.8


def test_without_a_data_id_there_is_none(url):
    for unnamed in ({}, {"dataId": ""}):
        body = detect(url=url(jpeg(photo("obama.jpg"))), **unnamed)[1]
        assert "dataId" not in body["data"] and "dataId" not in body


def test_an_image_sent_along_is_not_sent_back():
    event = json.loads((ROOT / "events" / "detect_face.json").read_text())
    address = json.loads(event["body"])["url"]
    assert detect(url=address)[1]["data"]["url"] == "base64://"


def test_faces_come_largest_first(url):
    faces = detect(url=url(jpeg(photo("sample6.jpg"))))[1]["data"]["faces"]
    areas = [face["location"]["w"] * face["location"]["h"] for face in faces]
    assert len(areas) > 1 and areas == sorted(areas, reverse=True)


def test_so_many_faces_come_as_are_asked_for_the_largest(url):
    address = url(jpeg(photo("sample6.jpg")))
    all_of_them = detect(url=address)[1]["data"]["faces"]
    for most in (1, "2"):
        faces = detect(url=address, maxFaces=most)[1]["data"]["faces"]
        assert [face["location"] for face in faces] == [face["location"] for face in all_of_them[: int(most)]]


@pytest.mark.parametrize("most", [0, 101, "two", 1.5, True])
def test_a_number_of_faces_that_is_none_is_refused(url, most):
    assert detect(url=url(jpeg(photo("obama.jpg"))), maxFaces=most)[1]["code"] == 400


def test_a_blurred_face_is_not_qualified(url):
    image = photo("obama.jpg")
    small = image.resize((image.width // 25, image.height // 25)).resize(image.size, Image.Resampling.BICUBIC)
    (face,) = detect(url=url(jpeg(small)))[1]["data"]["faces"]
    assert face["quality"]["blur"] > 5
    assert face["qualified"] is False


def test_a_leaning_face_is_not_qualified(url):
    image = photo("obama.jpg").rotate(-40, resample=Image.Resampling.BILINEAR, fillcolor="grey")
    (face,) = detect(url=url(jpeg(image)))[1]["data"]["faces"]
    assert face["quality"]["roll"] == pytest.approx(40, abs=6)
    assert face["qualified"] is False


def location(body: dict) -> list[int]:
    (face,) = body["data"]["faces"]
    return [face["location"][side] for side in "xywh"]


def test_locations_are_those_of_the_photo_as_it_is_seen(url):
    upright = location(detect(url=url(jpeg(photo("obama.jpg"))))[1])
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: the first row is the right side
    stored = photo("obama.jpg").transpose(Image.Transpose.ROTATE_90)
    body = detect(url=url(jpeg(stored, exif=exif)))[1]
    assert body["data"]["extras"] == {"width": "910", "height": "1137"}
    assert location(body) == pytest.approx(upright, abs=12)


@pytest.mark.parametrize("scale", [0.3, 5])
def test_locations_are_in_pixels_of_the_original(url, scale):
    upright = location(detect(url=url(jpeg(photo("obama.jpg"))))[1])
    image = photo("obama.jpg")
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    body = detect(url=url(jpeg(image)))[1]
    assert body["data"]["extras"] == {"width": str(image.width), "height": str(image.height)}
    assert location(body) == pytest.approx(np.array(upright) * scale, abs=12 * scale)


def test_locations_lie_in_the_image(url):
    image = photo("obama.jpg")
    x, y, w, h = location(detect(url=url(jpeg(image)))[1])
    tight = image.crop((x + w // 10, y + h // 10, x + w - w // 10, y + h - h // 10))
    left, top, width, height = location(detect(url=url(jpeg(tight)))[1])
    assert min(left, top) >= 0 and left + width <= tight.width and top + height <= tight.height


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_counts(url, kind):
    frame = photo("obama.jpg").resize((364, 455))
    others = [Image.new("RGB", frame.size, colour) for colour in ("red", "blue")]
    for first, rest, expected in ((frame, others, 1), (others[0], [others[1], frame], 0)):
        data = encoded(first, kind, save_all=True, append_images=rest)
        assert len(detect(url=url(data))[1]["data"]["faces"]) == expected
    assert detect(url=url(animation(kind)))[1]["data"]["faces"] == []


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_every_format_of_the_contract_is_read(url, kind):
    assert len(detect(url=url(encoded(photo("obama.jpg"), kind)))[1]["data"]["faces"]) == 1


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [
        (Reason.IMAGE_NOT_FOUND, 480, 400),
        (Reason.IMAGE_TIMEOUT, 592, 400),
        (Reason.IMAGE_TOO_LARGE, 589, 400),
        (Reason.IMAGE_ADDRESS, 400, 400),
    ],
)
def test_an_image_that_cannot_be_had_is_answered_under_its_name(url, reason, code, status):
    answered, body = detect(url=url(VisageError(reason)), dataId="door-7")
    assert (answered, body["code"]) == (status, code)
    assert body["data"] == {"code": code, "msg": body["msg"], "dataId": "door-7"}
    assert "secret" not in json.dumps(body)


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"\xff\xd8\xff\xe0 torn", b"II*\0 a tiff", jpeg(Image.new("RGB", (64, 64)))[:-40]],
    ids=["empty", "html", "torn", "tiff", "truncated"],
)
def test_what_is_no_image_is_of_a_bad_format(url, data):
    status, body = detect(url=url(data), dataId="d")
    assert (status, body["code"], body["data"]["dataId"]) == (400, 590, "d")


@pytest.mark.parametrize(
    ("kind", "size"), [("GIF", (2100, 2000)), ("PNG", (30_001, 8)), ("PNG", (20_000, 12_501))], ids=str
)
def test_an_image_of_too_many_pixels_is_too_large(url, kind, size):
    status, body = detect(url=url(encoded(Image.new("1" if kind == "PNG" else "P", size), kind)))
    assert (status, body["code"]) == (400, 589)


def test_a_jpeg_of_250_megapixels_is_read(url):
    status, body = detect(url=url(encoded(Image.new("L", (20_000, 12_500), 90), "JPEG")))
    assert (status, body["data"]["extras"]) == (200, {"width": "20000", "height": "12500"})


@pytest.mark.parametrize("body", [{}, {"url": ""}, {"url": " "}, {"url": 7}, {"url": None}], ids=str)
def test_without_an_address_the_request_is_refused(body):
    status, answer = detect(**body, dataId="d")
    assert (status, answer["code"], answer["data"]["dataId"]) == (400, 400, "d")


def test_a_data_id_has_its_rule_and_one_against_it_is_not_sent_back():
    status, answer = detect(url="https://example.com/a.jpg", dataId="x" * 3_600_000)
    assert (status, answer["code"]) == (400, 400)
    assert "dataId" in answer["msg"] and len(json.dumps(answer)) < 1000


def test_the_contracts_own_sample_of_a_data_id(url):
    name = "test2NInmO$tAON6qYUrtCRgLo-1mwxdi"
    body = detect(url=url(jpeg(photo("obama.jpg"))), dataId=name)[1]
    assert body["dataId"] == body["data"]["dataId"] == name
    refused = detect(url=url(b"no image"), dataId=name)[1]
    assert refused["dataId"] == refused["data"]["dataId"] == name


def test_a_call_out_of_time_answers_nothing_instead_of_a_part(url, monkeypatch):
    address = url(jpeg(photo("sample6.jpg")))
    monkeypatch.setattr("detect_face.app.SECONDS", -1)
    status, body = detect(url=address, dataId="d")
    assert (status, body["code"]) == (500, 581)
    assert body["data"] == {"code": 581, "msg": body["msg"], "dataId": "d"}


def test_between_two_faces_the_time_is_looked_at(url, monkeypatch):
    address = url(jpeg(photo("sample6.jpg")))
    described = []
    ticks = iter(range(100))
    monkeypatch.setattr(describe, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    monkeypatch.setattr("detect_face.app.time", SimpleNamespace(monotonic=lambda: 1 - detect_face.SECONDS))
    monkeypatch.setattr(describe, "detect", lambda image, limit, until: detection.detect(image))
    monkeypatch.setattr(describe, "_BATCH", 1)
    monkeypatch.setattr(describe, "blur", lambda image, face: described.append(face) or 1.0)
    assert detect(url=address)[1]["code"] == 581
    assert len(described) == 2


def test_cloudauth_describes_the_five_largest_faces(url):
    image = photo("obama.jpg").resize((160, 200))
    sheet = Image.new("RGB", (160 * 7, 200), "grey")
    for index in range(7):
        sheet.paste(image, (160 * index, 0))
    response = attributes(MaterialValue=url(jpeg(sheet)), BizType="x")
    data = json.loads(response["body"])["Data"]
    assert (data["ImgWidth"], data["ImgHeight"]) == (1120, 200)
    faces = data["FaceInfos"]["FaceAttributesDetectInfo"]
    assert len(faces) == 5
    for face in faces:
        assert set(face) == {"FaceRect", "FaceAttributes"}
        shown = face["FaceAttributes"]
        assert (shown["Facetype"], shown["Glasses"], shown["Respirator"]) == ("Face", "None", "None")
        assert shown["Facequal"] >= 50 and shown["Integrity"] >= 70 and 0 <= shown["Blur"] < 2
        assert set(shown["Headpose"]) == {"PitchAngle", "RollAngle", "YawAngle"}
        assert set(shown["Smiling"]) == {"Value", "Threshold"}
        assert all(isinstance(side, int) for side in face["FaceRect"].values())


def test_cloudauth_answers_xml_and_get_too(url):
    address = url(jpeg(photo("obama.jpg")))
    response = attributes("GET", MaterialValue=address)
    assert len(json.loads(response["body"])["Data"]["FaceInfos"]["FaceAttributesDetectInfo"]) == 1
    document = ElementTree.fromstring(attributes(MaterialValue=address, Format="XML")["body"])
    (face,) = document.findall("Data/FaceInfos/FaceAttributesDetectInfo/element")
    assert face.findtext("FaceAttributes/Facetype") == "Face"
    assert int(face.findtext("FaceRect/Width")) > 100


@pytest.mark.parametrize("given", [{}, {"MaterialValue": " "}])
def test_cloudauth_wants_an_image(given):
    response = attributes(**given)
    assert (response["statusCode"], json.loads(response["body"])["Code"]) == (403, "InvalidParam.ParamMissing")


def test_settings_without_codes_keep_the_data(url, monkeypatch):
    monkeypatch.setenv("VISAGE_ERROR_STATUS", "200")
    settings.cache_clear()
    status, body = detect(url=url(b"no image"), dataId="d")
    assert (status, body["code"], body["data"]["dataId"]) == (200, 590, "d")

