"""What a person is told, for each hint in two languages."""

import pytest

from visage.api.payloads.liveness_advice import SAID, finding_data
from visage.liveness.actions import Action
from visage.liveness.flaws import Finding, Flaw, Hint, Unit


@pytest.mark.parametrize("hint", Hint, ids=lambda hint: hint.value)
def test_every_hint_has_a_sentence_in_english_and_chinese(hint):
    english, chinese = SAID[hint]
    assert english.isascii() and english.endswith(".")
    assert chinese.endswith("。") and not any(letter.isascii() for letter in chinese)


def test_a_finding_says_which_action_at_which_frame_by_how_much():
    finding = Finding(Flaw.FLAT, Hint.TURN_LESS, 9, Action.SHAKE, 0.8449, 0.88, Unit.SHARE)
    data = finding_data(finding)
    assert (data["reason"], data["action"], data["frame"]) == ("flatFace", "shake", 9)
    assert (data["measured"], data["limit"], data["unit"], data["hint"]) == (0.84, 0.88, "share", "turnLess")


def test_what_was_not_measured_is_null():
    data = finding_data(Finding(Flaw.SEVERAL_FACES, Hint.ONE_PERSON, 3))
    assert [data[name] for name in ("action", "measured", "limit", "unit")] == [None] * 4
