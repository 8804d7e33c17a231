"""Requests drawn from docs/openapi.yaml: as it allows them, as it forbids them, and both bent further by hand."""

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from torture.targets.conformance import document, operations

FITTING = {
    "personId": ["ann", "bob", "nobody"], "groupId": ["staff", "guests", "nowhere"],
    "url": ["oss://visage-uploads/torture/person.jpg", "oss://visage-uploads/torture/none.jpg", "base64://AAAA", "a"],
    "faceUrl": ["oss://visage-uploads/torture/again.jpg", "base64://AAAA"],
}  # fmt: skip
"""Values that lead further in than chance does."""
JUNK: list[Any] = [
    *(None, True, 0, -1, 2**63, 1e308, "", " ", "\x00", "\ud7ff", "💥" * 40, "../../etc/passwd", "${7*7}"),
    *([], {}, [[]], {"": ""}, "x" * 5000, "base64://", "oss://", "http://", "null", "NaN", "1e999", "%00"),
    *("a\r\nb", "\ufeff", "' OR 1=1 --", 10**40, "9" * 40, {"a": {"b": {"c": {"d": {}}}}}, [None] * 101),
]


def drawn(operation: str, seed: int, count: int) -> Iterator[tuple[bool, Any]]:
    """Whether it should be allowed, and a body: JSON's value, or the parameters of query and form."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from schemathesis import GenerationMode

    def draw(mode: Any) -> list[Any]:
        found: list[Any] = []

        @seeded(seed)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(_schema_operation(operation).as_strategy(generation_mode=mode))
        def keep(case: Any) -> None:
            found.append(case)

        keep()
        return found

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        yield from ((mode is GenerationMode.POSITIVE, _content(operation, case)) for case in draw(mode))


@cache
def _schema_operation(operation: str) -> Any:
    import schemathesis

    (found,) = (
        result.ok()
        for result in _loaded(schemathesis).get_all_operations()
        if result.ok().definition.raw.get("operationId") == operation
    )
    return found


@cache
def _loaded(schemathesis: Any) -> Any:
    return schemathesis.openapi.from_dict(document())


def _content(operation: str, case: Any) -> Any:
    _path, method, declared = operations()[operation]
    body = None if type(case.body).__name__ == "NotSet" else case.body
    if method == "get":
        own = {each["name"] for each in declared["parameters"] if "name" in each} - {"Action", "Version", "Format"}
        return {name: value for name, value in (case.query or {}).items() if name in own}
    return body


def bent(content: Any, chance: random.Random) -> Any:
    """The same with something changed: values that fit, or junk, somewhere inside; or its text broken."""
    kind = chance.random()
    if kind < 0.35:
        return _put(content, chance, lambda name: chance.choice(FITTING.get(name, JUNK)))
    if kind < 0.8:
        return _put(content, chance, lambda _name: chance.choice(JUNK))
    text = json.dumps(content, default=repr)
    if kind < 0.9:
        place = chance.randrange(len(text) + 1)
        return text[:place] + chance.choice(['"', "{", "]", "\\u", "\\ud800", "\x00", ",", "é", ""]) + text[place + 1 :]
    return text[: chance.randrange(len(text) + 1)]


def _put(content: Any, chance: random.Random, value: Callable[[str], Any]) -> Any:
    places = list(_places(content))
    if not places:
        return {chance.choice(list(FITTING)): value("")}
    place = chance.choice(places)
    return _replaced(content, place, value(next((each for each in reversed(place) if isinstance(each, str)), "")))


def _places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from _places(child, (*path, key))


def _replaced(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = content.copy()
    copy[path[0]] = _replaced(content[path[0]], path[1:], value)
    return copy


def as_form(content: Any) -> dict[str, str]:
    """Parameters of query and form; a value that is none becomes its text."""
    if not isinstance(content, dict):
        return {"Junk": str(content)}
    return {str(name): value if isinstance(value, str) else json.dumps(value, default=repr)
            for name, value in content.items()}  # fmt: skip


def as_body(content: Any) -> str:
    """A JSON body's text."""
    if content is None:
        return ""
    return content if isinstance(content, str) else json.dumps(content, default=_bytes)


def _bytes(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else repr(value)
