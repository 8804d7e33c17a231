"""DetectFace and DetectFaceAttributes with the official Python clients, against the running stack and a small web
server."""

import io
import json
import socketserver
import time
from functools import cache

import pytest
from aliyunsdkcloudauth.request.v20190307.DetectFaceAttributesRequest import DetectFaceAttributesRequest
from aliyunsdkcore.client import AcsClient
from aliyunsdkgreen.request.v20180509.DetectFaceRequest import DetectFaceRequest
from PIL import Image

from demo.calls import inline
from demo.portraits import portraits
from tests.support.web import Site, serving


def torn() -> bytes:
    return (portraits() / "obama.jpg").read_bytes()[:20_000]


@cache
def of_300_megapixels() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 15_000)).save(out, "PNG")
    return out.getvalue()


@cache
def crowd() -> bytes:
    """12 megapixels with a hundred faces."""
    face = Image.open(portraits() / "obama.jpg").convert("RGB").resize((300, 375))
    sheet = Image.new("RGB", (4000, 3000), "grey")
    for index in range(100):
        sheet.paste(face.resize((240, 300)), (index % 10 * 400, index // 10 * 300))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()


CONTENT = {
    "/photo.png": lambda: (portraits() / "obama.jpg").read_bytes(),
    "/page.jpg": lambda: b"<!doctype html><title>Not an image</title>",
    "/nothing.jpg": lambda: b"",
    "/torn.jpg": torn,
    "/huge.png": of_300_megapixels,
    "/long.jpg": lambda: bytes(20 * 2**20 + 1),
    "/crowd.jpg": crowd,
}


class Web(Site):
    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/slow.jpg":
            time.sleep(4)
        if path == "/login.jpg":
            return self.answer(401)
        if path == "/inside.jpg":
            return self.answer(302, location="http://127.0.0.2/photo.png")
        self.answer(200, CONTENT[path]()) if path in CONTENT else self.answer(404)


@pytest.fixture(scope="module")
def web():
    of_300_megapixels(), crowd()  # made now: a download may take 3 seconds
    with serving(Web) as address:
        yield address


@pytest.fixture
def detect(stack):
    """Calls DetectFace by the classic client; status and body."""
    client = AcsClient(stack.client.id, stack.client.secret, "cn-shanghai")

    def detect(**body):
        request = DetectFaceRequest()
        request.set_endpoint(stack.url)
        request.set_content(json.dumps(body).encode())
        status, _headers, answer = client.get_response(request)
        return status, json.loads(answer)

    return detect


def test_a_photo_from_the_web_is_described_whatever_its_suffix(detect, web):
    status, body = detect(url=f"{web}/photo.png?token=1", dataId="d1", bizType="abc")
    data = body["data"]
    assert (status, body["code"], data["dataId"], data["url"]) == (200, 200, "d1", f"{web}/photo.png?token=1")
    assert data["extras"] == {"width": "910", "height": "1137"}
    (face,) = data["faces"]
    assert face["qualified"] and face["glasses"]["value"] == "None"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/missing.jpg", 480),
        ("/login.jpg", 480),
        ("/slow.jpg", 592),
        ("/inside.jpg", 400),
        ("/page.jpg", 590),
        ("/nothing.jpg", 590),
        ("/torn.jpg", 590),
        ("/huge.png", 589),
        ("/long.jpg", 589),
    ],
)
def test_a_bad_image_is_named_with_its_code(detect, web, path, code):
    status, body = detect(url=web + path, dataId="d1")
    assert (status, body["code"], body["data"]["code"], body["data"]["dataId"]) == (200, code, code, "d1")


def test_an_address_that_does_not_respond(detect):
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        port = server.server_address[1]
    status, body = detect(url=f"http://127.0.0.1:{port}/a.jpg", dataId="d1")
    assert (status, body["code"], body["data"]["dataId"]) == (200, 480, "d1")


def test_a_crowd_is_described_completely_or_not_at_all(detect, web):
    status, body = detect(url=f"{web}/crowd.jpg")
    assert status in (200, 500)
    if status == 500:
        assert body["code"] == 581 and "faces" not in body.get("data", {})
    else:
        assert len(body["data"]["faces"]) == 100


def test_cloudauths_client_gets_the_same_faces(stack):
    client = AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou")
    request = DetectFaceAttributesRequest()
    request.set_endpoint(stack.url)
    request.set_accept_format("JSON")
    request.set_MaterialValue(inline((portraits() / "obama.jpg").read_bytes()))
    data = json.loads(client.do_action_with_exception(request))["Data"]
    assert (data["ImgWidth"], data["ImgHeight"]) == (910, 1137)
    (face,) = data["FaceInfos"]["FaceAttributesDetectInfo"]
    assert face["FaceAttributes"]["Facetype"] == "Face"
