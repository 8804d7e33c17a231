"""Generates docs/errors.md and docs/errors.zh-CN.md."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from visage.api.errors import TABLE, Wire
from visage.errors import Reason

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
FILES = {"en": DOCS / "errors.md", "zh": DOCS / "errors.zh-CN.md"}

def remedies() -> Mapping[str, Mapping[str, str]]:
    """Reason → language → remedy."""
    return tomllib.loads((HERE / "remedies.toml").read_text(encoding="utf-8"))


def content(language: str) -> str:
    """The document in `en` or `zh`."""
    texts, said = tomllib.loads((HERE / "texts.toml").read_text(encoding="utf-8"))[language], remedies()
    rows = [_row(wire, said[reason.name][language]) for reason, wire in TABLE.items()]
    return "\n\n".join((
        f"# {texts['title']}", texts["note"], texts["about"],
        "\n".join((texts["head"], "|---|---|---|---|---|", *rows)), texts["gateway"],
    )) + "\n"  # fmt: skip


def _row(wire: Wire, remedy: str) -> str:
    message = wire.says or wire.message
    code, message = (text.replace("{}", "…") for text in (wire.code, message))
    return f"| `{code}` | {wire.status} | {wire.green}{' †' if wire.business else ''} | {message} | {remedy} |"


def missing() -> set[str]:
    """Returns reasons without a remedy, and remedies without a reason."""
    return {reason.name for reason in Reason} ^ set(remedies())
