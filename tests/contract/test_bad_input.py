"""Bad input over HTTP: a code of the contract, in time, within memory, and the next request works."""

import base64
import http.client
import io
import json
import os
import re
import struct
import zlib
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from PIL import Image

from tests.support.events import system_parameters
from visage.access.clients import Client, Secret
from visage.api.security.signatures import rpc_signature

SECONDS = 6
"""Of processor time: a busy machine takes longer, and the gateway's own limit is what a client sees."""
MEBIBYTES = 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(stack, target: str, body: bytes, headers: dict[str, str] = FORM, method: str = "POST") -> tuple[int, dict]:
    """Status and body; fails when the handlers work too long or the response has another format."""
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=30)
    before = _worked(stack)
    connection.request(method, target, body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    assert max((spent - before.get(pid, 0) for pid, spent in _worked(stack).items()), default=0) < SECONDS
    assert b"Traceback" not in content
    return response.status, json.loads(content)


def compare(stack, source: str, target: str) -> tuple[int, str]:
    client = Client(stack.client.id, "tests", (Secret(stack.client.secret),))
    system = system_parameters(client)
    form = {
        "SourceImageType": "FacePic",
        "SourceImageValue": source,
        "TargetImageType": "FacePic",
        "TargetImageValue": target,
    }
    system["Signature"] = rpc_signature("POST", [*system.items(), *form.items()], stack.client.secret)
    status, body = post(stack, f"/?{urlencode(system)}", urlencode(form).encode())
    return status, body["Code"]


@pytest.fixture(scope="module")
def thumbnails(images):
    """Two small photos of one person: after each test both are compared, which is not what the test is about."""

    def shrink(value: str) -> str:
        photo = Image.open(io.BytesIO(base64.b64decode(value.removeprefix("base64://"))))
        photo.thumbnail((240, 240))
        return inline(saved(photo, "JPEG", quality=95))

    return shrink(images["person"]), shrink(images["same"])


@pytest.fixture(autouse=True)
def the_next_request_works(stack, thumbnails):
    yield
    assert compare(stack, *thumbnails) == (200, "1")
    assert max(_peaks(stack)) < MEBIBYTES


def _worked(stack) -> dict[int, float]:
    """Seconds of processor time of each handler process of this test's stack."""
    worked = {}
    for pid in stack.processes:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        worked[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return worked


def _peaks(stack) -> list[int]:
    """Peak memory of each handler process of this test's stack, in MiB."""
    peaks = []
    for pid in stack.processes:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        if peak := re.search(r"^VmHWM:\s+(\d+)", status, re.MULTILINE):
            peaks.append(int(peak[1]) // 1024)
    return peaks


def inline(data: bytes) -> str:
    return "base64://" + base64.b64encode(data).decode()


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that claims this size, grey, with this compressed content."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def saved(image: Image.Image, form: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


GREY = Image.new("L", (64, 64), 128)
UNACCEPTABLE = (400, "InvalidParam.ImageValuePatternError")
NO_FACE = (400, "Error.NoFaceDetected")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", UNACCEPTABLE, id="empty"),
        pytest.param(b"hello", UNACCEPTABLE, id="text"),
        pytest.param(saved(GREY, "TIFF"), UNACCEPTABLE, id="tiff"),
        pytest.param(saved(GREY, "JPEG")[:-200], UNACCEPTABLE, id="truncated jpeg"),
        pytest.param(saved(GREY, "PNG")[:-30], UNACCEPTABLE, id="truncated png"),
        pytest.param(b"x" * (2 * 2**20 + 1), UNACCEPTABLE, id="over 2 MB"),
        pytest.param(png(0, 10, zlib.compress(b"")), UNACCEPTABLE, id="zero width"),
        pytest.param(png(2**31 - 1, 2**31 - 1, zlib.compress(b"")), UNACCEPTABLE, id="absurd size"),
        pytest.param(png(15_000, 15_000, zlib.compress(bytes(15_001) * 15_000, 9)), UNACCEPTABLE, id="225 Mpx bomb"),
        pytest.param(png(9_990, 9_990, zlib.compress(bytes(9_991) * 9_990, 9)), UNACCEPTABLE, id="99 Mpx bomb"),
        pytest.param(saved(Image.new("RGB", (9_000, 9_000)), "PNG"), UNACCEPTABLE, id="81 Mpx"),
        pytest.param(saved(Image.new("RGB", (9_000, 9_000)), "JPEG"), NO_FACE, id="81 Mpx as JPEG"),
        pytest.param(saved(Image.new("RGB", (4_000, 3_000)), "PNG"), NO_FACE, id="12 Mpx"),
        pytest.param(saved(Image.new("RGB", (1, 1)), "PNG"), NO_FACE, id="one pixel"),
        pytest.param(saved(Image.new("RGB", (3000, 1)), "BMP"), NO_FACE, id="one row"),
        pytest.param(saved(GREY, "GIF", save_all=True, append_images=[GREY.rotate(9)] * 9), NO_FACE, id="animated gif"),
    ],
)
def test_images(stack, thumbnails, data, expected):
    assert compare(stack, thumbnails[0], inline(data)) == expected


def test_two_of_the_largest_images_in_one_call(stack):
    largest = inline(saved(Image.new("RGB", (9_990, 9_990)), "JPEG"))
    assert compare(stack, largest, largest) == NO_FACE


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"{", b"<xml/>", b"a&b&c", b"%", b"&" * 1000, bytes(range(256))])
def test_bodies_that_are_not_calls(stack, body):
    status, answer = post(stack, "/", body)
    assert status == 400 and answer["Code"] in {"MissingAction", "InvalidParameter"}


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_bodies_of_other_types(stack, content_type):
    status, answer = post(stack, "/?Action=CompareFaces", b"{}", {"Content-Type": content_type})
    assert (status, answer["Code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_unsigned_calls_by_any_method(stack, method):
    status, answer = post(stack, "/?Action=CompareFaces&Version=2019-03-07", b"", {}, method)
    assert (status, answer["Code"]) == (400, "MissingAccessKeyId")


def test_a_body_over_lambdas_limit_is_referred_to_uploads(stack):
    status, answer = post(stack, "/?Action=CompareFaces", b"SourceImageValue=" + b"A" * (7 * 2**20))
    assert status == 413 and "oss://" in answer["Message"]


def test_a_path_that_does_not_exist(stack):
    status, answer = post(stack, "/green/face/nothing", b"{}")
    assert (status, answer["Code"], answer["code"]) == (404, "InvalidAction.NotFound", 404)
