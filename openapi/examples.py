"""Example requests: the checked-in events, without their images."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

EVENTS = Path(__file__).parent.parent / "events"


def bodies(function: str) -> dict[str, Any]:
    """Case name → Green body."""
    return {case: _short(json.loads(event["body"])) for case, event in _events(function) if event.get("body")}


def forms(function: str) -> dict[str, dict[str, str]]:
    """Case name → form fields."""
    return {case: _short(dict(parse_qsl(event["body"]))) for case, event in _events(function) if event.get("body")}


def _events(function: str) -> list[tuple[str, dict[str, Any]]]:
    files = sorted(EVENTS.glob(f"{function}.json")) + sorted(EVENTS.glob(f"{function}.*.json"))
    return [(file.stem.partition(".")[2] or "usual", json.loads(file.read_text())) for file in files]


def _short(value: Any, name: str = "photo") -> Any:
    """The value with a URL in place of each image."""
    match value:
        case dict():
            return {key: _short(each, key) for key, each in value.items()}
        case list():
            return [_short(each, f"{name}{number}") for number, each in enumerate(value, 1)]
        case str() if value.startswith("base64://"):
            return f"https://photos.example.com/{name}.jpg"
    return value
