"""Two versions of the code on one table, as while a deployment is updated: each reads what the other has written."""

import json
from pathlib import Path

import pytest

from tests.support import versions

FORMER = Path(__file__).parent / "rows_of_2026_11_28.json"
"""Written by `python -m tests.support.versions write` with the code of that day."""

pytestmark = pytest.mark.usefixtures("queues")


def test_rows_of_the_former_version_are_read():
    saved = json.loads(FORMER.read_text())
    versions.load(saved)
    assert versions.read(saved["known"]) == saved["seen"]


def test_attributes_added_by_a_later_version_are_ignored():
    known = versions.write()
    before = versions.save()
    later = {**before, "rows": [_with_more(row) for row in before["rows"]]}
    versions.load(later)
    assert len(versions.save()["rows"]) == len(before["rows"])
    seen = versions.read(known)
    assert seen["search in staff"][0] == [["ann", seen["ann"][3][0][0]]]
    assert seen["tasks"][1][0] == "DONE"
    assert seen["actions"] == known["actions"]


def _with_more(value):
    """The row with an unknown attribute, in the row and in each map within it."""
    if isinstance(value, dict):
        more = {name: _with_more(each) for name, each in value.items()}
        if "pk" in value or "embedding" in value or "quantizer" in value:
            more["of_a_later_version"] = {"S": "x"}
        return more
    return [_with_more(each) for each in value] if isinstance(value, list) else value
