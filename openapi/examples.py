"""Examples of requests: the checked-in events, without the images in them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

EVENTS = Path(__file__).parent.parent / "events"


def bodies(function: str) -> dict[str, Any]:
    """Green bodies by the name of their case."""
    return {case: _short(json.loads(event["body"])) for case, event in _events(function) if event.get("body")}


def forms(function: str) -> dict[str, dict[str, str]]:
    """Form fields by the name of their case."""
    return {case: _short(dict(parse_qsl(event["body"]))) for case, event in _events(function) if event.get("body")}


def _events(function: str) -> list[tuple[str, dict[str, Any]]]:
    files = sorted(EVENTS.glob(f"{function}.json")) + sorted(EVENTS.glob(f"{function}.*.json"))
    return [(file.stem.partition(".")[2] or "usual", json.loads(file.read_text())) for file in files]


def _short(value: Any, name: str = "photo") -> Any:
    """With an address in place of each image."""
    match value:
        case dict():
            return {key: _short(each, key) for key, each in value.items()}
        case list():
            return [_short(each, f"{name}{number}") for number, each in enumerate(value, 1)]
        case str() if value.startswith("base64://"):
            return f"https://photos.example.com/{name}.jpg"
    return value
