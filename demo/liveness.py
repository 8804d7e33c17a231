"""Liveness: a photo, a photo of a screen, and a person in front of a camera, simulated from a portrait."""

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RoaRequest
from PIL import Image, ImageFilter

from demo.acting import Actor, jpeg
from demo.calls import inline
from demo.library import call_green
from demo.steps import Step
from visage.settings import settings

MODELS = Path(__file__).parent.parent / ".build" / "models"


def steps(client: AcsClient, endpoint: str, folder: Path) -> Iterator[Step]:
    photo = Image.open(folder / "obama.jpg").convert("RGB")
    yield _scan(client, endpoint, "a photo", photo, ("pass",))
    yield _scan(client, endpoint, "a photo of it on a screen", replayed(photo), ("review", "block"))
    with _models():
        actor = Actor(np.asarray(Image.open(folder / "obama.jpg").convert("RGB")))

    session = call_liveness(client, endpoint, "session", {})["data"]
    requested = ", ".join(session["actions"])
    with _models():
        frames = actor.act(*session["actions"])
    yield _verify(client, endpoint, f"{requested}: done", session["sessionId"], frames, "passed")
    again = call_liveness(client, endpoint, "verify", _body(session["sessionId"], frames))
    yield Step("the same frames once more", again["msg"], "refused", again.get("Code") == "InvalidParam.SessionUsed")

    session = call_liveness(client, endpoint, "session", {})["data"]
    requested = ", ".join(session["actions"])
    yield _verify(client, endpoint, f"{requested}: a still photo", session["sessionId"], moved(actor), "not passed")


def call_liveness(client: AcsClient, endpoint: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """Call an operation for which the official clients have no class, only their signature."""
    actions = {"session": "CreateLivenessSession", "verify": "VerifyLiveness"}
    request = RoaRequest("Green", "2018-05-09", actions[operation])
    request.set_uri_pattern(f"/green/face/liveness/{operation}")
    request.set_method("POST")
    request.set_endpoint(endpoint)
    request.set_accept_format("JSON")
    request.set_content(json.dumps(body))
    return json.loads(client.do_action_with_exception(request))


def moved(actor: Actor) -> list[np.ndarray]:
    """Frames of a photo held in a hand."""
    return [actor.filmed(actor.still, 6 * np.sin(number * np.array([0.9, 1.3]))) for number in range(12)]


def replayed(photo: Image.Image) -> Image.Image:
    """The photo photographed from a tablet: pixel raster, paler black, gloss, bezel, desk."""
    shown = photo.copy()
    shown.thumbnail((900, 900))
    width, height = shown.size
    levels = np.asarray(shown, np.float32)
    rows, columns = np.mgrid[:height, :width]
    raster = 1 + 0.1 * np.sin(2 * np.pi * columns / 3.07) * np.sin(2 * np.pi * rows / 3.07)
    gloss = 60 * np.exp(-(((columns + rows) / (width + height) - 0.35) ** 2) / 0.004)
    levels = 18 + 0.88 * levels * raster[..., None] + gloss[..., None]
    levels *= np.array([0.94, 0.99, 1.08])
    screen = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    border = width // 16
    tablet = Image.new("RGB", (width + 2 * border, height + 2 * border), (18, 18, 20))
    tablet.paste(screen, (border, border))
    desk = Image.new("RGB", (round(tablet.width * 1.25), round(tablet.height * 1.2)), (150, 128, 104))
    desk.paste(tablet, ((desk.width - tablet.width) // 2, (desk.height - tablet.height) // 2))
    return desk.rotate(2, Image.Resampling.BICUBIC, fillcolor=(150, 128, 104))


def _scan(client: AcsClient, endpoint: str, title: str, picture: Image.Image, expected: Sequence[str]) -> Step:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    body = {"scenes": ["liveness"], "tasks": [{"url": inline(out.getvalue())}]}
    result = call_green(client, endpoint, "ImageSyncScan", body)["data"][0]["results"][0]
    answer = f"{result['label']}, rate {result['rate']:.1f}: {result['suggestion']}"
    return Step(title, answer, " or ".join(expected), result["suggestion"] in expected)


def _verify(
    client: AcsClient, endpoint: str, title: str, session: str, frames: Sequence[np.ndarray], expected: str
) -> Step:
    data = call_liveness(client, endpoint, "verify", _body(session, frames))["data"]
    answer = "passed" if data["passed"] else f"not passed: {', '.join(data['reasons'])}"
    return Step(title, answer, expected, data["passed"] == (expected == "passed"))


def _body(session: str, frames: Sequence[np.ndarray]) -> dict[str, Any]:
    return {"sessionId": session, "urls": [inline(jpeg(frame)) for frame in frames]}


@contextmanager
def _models() -> Iterator[None]:
    """Make the networks usable in this process, which simulates the person and has no deployment's settings."""
    names = ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH")
    before = dict(os.environ)
    os.environ |= dict.fromkeys(names, "unused") | {"VISAGE_MODELS": str(MODELS)}
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
        settings.cache_clear()
