"""Which windows of clips are judged, and how passes are counted."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.collection import InputError
from evaluation.interactive.judging import Row
from evaluation.interactive.labels import Clip, Shown, read_clips
from evaluation.interactive.windows import DIM, Window, at_rate, between, dimmed, windows
from training.data import ROOT
from visage.liveness.actions import Action
from visage.liveness.flaws import Finding, Flaw, Hint
from visage.liveness.verify import Verdict

CLIP = Clip("a", "ann", "reported", 8.0, (Shown(Action.SHAKE, 10, 18), Shown(Action.BLINK, 30, 31)))
HEAD = "clip,person,half,rate,action,first,last\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "clips.csv"
    path.write_text(text)
    return path


def test_the_labels_of_the_development_clips_can_be_read():
    clips = read_clips(ROOT / "training" / "clips.csv")
    assert {clip.half for clip in clips} == {"chosen", "reported"}
    people = {half: {clip.person for clip in clips if clip.half == half} for half in ("chosen", "reported")}
    assert not people["chosen"] & people["reported"], "limits are chosen on other people than those reported"


def test_rows_of_one_clip_become_one_clip(tmp_path):
    text = HEAD + "a,ann,chosen,8,shake,1,4\nb,bob,chosen,5,blink,2,2\na,ann,chosen,8,blink,6,7\n"
    first, second = read_clips(written(tmp_path, text))
    assert first == Clip("a", "ann", "chosen", 8.0, (Shown(Action.SHAKE, 1, 4), Shown(Action.BLINK, 6, 7)))
    assert second.rate == 5.0


@pytest.mark.parametrize("row", ["a,ann,chosen,8,wave,1,2", "a,ann,chosen,8,shake,4,2", "a,,chosen,8,shake,1,2", "a"])
def test_an_invalid_row_is_reported_with_its_line(tmp_path, row):
    with pytest.raises(InputError, match="line 2"):
        read_clips(written(tmp_path, HEAD + row))


def test_windows_show_one_action_or_several_with_rest_around():
    assert [(each.first, each.last, each.asked) for each in windows(CLIP, 60)] == [
        (4, 24, (Action.SHAKE,)),
        (4, 37, (Action.SHAKE, Action.BLINK)),
        (24, 37, (Action.BLINK,)),
    ]


def test_an_action_at_the_very_end_of_a_clip_is_not_used():
    assert all(Action.BLINK not in each.asked for each in windows(CLIP, 33))


def test_a_lower_rate_leaves_out_frames_and_never_an_action():
    shake, _, blink = windows(CLIP, 60)
    assert at_rate(shake, 4.0) == list(range(4, 25, 2))
    assert at_rate(blink, 2.0) is None, "fewer than eight frames"
    one = Window(Clip("a", "ann", "reported", 8.0, (Shown(Action.BLINK, 9, 9),)), 0, 40, (Action.BLINK,))
    assert at_rate(one, 4.0) is None, "the frame of the blink is among those left out"


def test_dim_light_leaves_a_third_of_the_values_and_adds_noise():
    dark = dimmed(np.full((40, 40, 3), 200, np.uint8), np.random.default_rng(0))
    assert abs(float(dark.mean()) - 200 * DIM) < 1 and 1 < dark.std() < 3


def test_a_row_counts_passes_people_and_reasons():
    row = Row("people")
    row.add("ann", Verdict((), True, None, ()), "a 0–9")
    row.add("bob", Verdict((), True, None, (Finding(Flaw.FLAT, Hint.OWN_HEAD, 7, Action.NOD, 1.2, 0.9),)), "b 0–9")
    assert (row.asked, row.passed, row.subjects, dict(row.reasons)) == (2, 1, {"ann", "bob"}, {"flatFace": 1})
    assert row.refusals == ["b 0–9: flatFace (nod, frame 7, 1.20, limit 0.90)"]
    assert "1 of 2" in row.line() and "50.0%" in row.line()


def test_what_moves_lies_half_way_in_a_frame_between_two():
    random = np.random.default_rng(0)
    patch = np.kron(random.integers(0, 255, (10, 10, 3)), np.ones((4, 4, 1)))

    def shown(left: int) -> np.ndarray:
        picture = np.full((120, 160, 3), 90, np.uint8)
        picture[40:80, left : left + 40] = patch
        return picture

    made = between(shown(50), shown(66), random).astype(float)
    assert made.shape == (120, 160, 3)
    differences = [np.abs(made - shown(left)).mean() for left in (50, 58, 66)]
    assert differences[1] < 0.4 * min(differences[0], differences[2])
