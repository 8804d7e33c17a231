"""Makes events/*.json again: `python -m tests.make_events`."""

import base64
import io
import json
from pathlib import Path

from PIL import Image

from demo.portraits import portraits
from tests.events import rpc_event
from visage.access.clients import Client, Secret

EVENTS = Path(__file__).parent.parent / "events"
CLIENT = Client(id="LTAIeventsOfTheTests", name="events", secrets=(Secret("secretOfTheEvents"),))
SIGNED_AT = "2026-11-20T12:00:00Z"


def make() -> dict[str, dict]:
    """Events by file name."""
    folder = portraits()
    person, same, other = (_small(folder / name) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    nobody = _inline(Image.linear_gradient("L").convert("RGB"))
    return {
        "rpc": _event(person, same),
        "rpc.unknown_action": _event(person, same, Action="CompareVoices"),
        "compare_faces": _event(person, same),
        "compare_faces.two_people": _event(person, other),
        "compare_faces.xml": _event(person, other, Format="XML"),
        "compare_faces.id_picture": _event(person, same, target_type="IDPic"),
        "compare_faces.no_face": _event(person, nobody),
        "compare_faces.local_path": _event(person, "/home/me/photo.jpg"),
    }


def _event(source: str, target: str, target_type: str = "FacePic", **changes: str) -> dict:
    form = {
        "SourceImageType": "FacePic",
        "SourceImageValue": source,
        "TargetImageType": target_type,
        "TargetImageValue": target,
    }
    event = rpc_event(CLIENT, form, Timestamp=SIGNED_AT, SignatureNonce="5f3d7c1e9b2a48c6a0d4e8f7b6c5d4e3", **changes)
    event["requestContext"]["requestId"] = "0b9c2f6e-6d0b-4b7e-9a57-3f1c8d2e4a10"
    return event


def _small(path: Path) -> str:
    """The portrait at 240 px, about what a chip or a thumbnail holds."""
    image = Image.open(path).convert("RGB")
    image.thumbnail((240, 240))
    return _inline(image)


def _inline(image: Image.Image) -> str:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return "base64://" + base64.b64encode(out.getvalue()).decode()


if __name__ == "__main__":
    for name, event in make().items():
        (EVENTS / f"{name}.json").write_text(json.dumps(event, indent=2) + "\n")
