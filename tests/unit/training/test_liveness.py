"""The assignment of photos to training and checking, and the simulation of recaptures."""

import numpy as np
import pytest

from training.liveness.calibrate import ANCHORS, calibrate, limit
from training.liveness.held_back import HELD_BACK
from training.liveness.never_seen import Source, table
from training.liveness.photos import MOTLEY, UNSEEN, photos, unseen
from training.liveness.simulated.recapture import PRINT, SCREEN, Shot, recapture, rephotograph
from visage.faces.types import Box, Face

POINTS = np.float32([[40, 45], [60, 45], [50, 57], [43, 68], [57, 68]]) + 100


def shot() -> Shot:
    """A grey head, whose bright square is the face's box."""
    pixels = np.full((300, 300, 3), 60, np.uint8)
    pixels[100:200, 100:200] = 230
    return Shot(pixels, Face(Box(100, 100, 100, 100), 1.0, POINTS))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [SCREEN, PRINT, None])
def test_the_face_is_where_the_simulated_picture_says(kind, seed):
    random = np.random.default_rng(seed)
    backdrop = np.full((200, 300, 3), 20, np.uint8)
    taken = rephotograph(shot(), random) if kind is None else recapture(shot(), kind, backdrop, random)
    height, width = taken.pixels.shape[:2]
    box = taken.face.box
    x, y = box.centre
    assert 0 <= x < width and 0 <= y < height
    rows, columns = np.mgrid[:height, :width]
    grey = taken.pixels.mean(axis=-1)
    inside = (abs(columns - x) < 0.4 * box.width) & (abs(rows - y) < 0.4 * box.height)
    beyond = (abs(columns - x) > 0.65 * box.width) & (abs(columns - x) < 0.9 * box.width) & (abs(rows - y) < box.height)
    assert not beyond.any() or np.median(grey[inside]) > np.median(grey[beyond])
    assert (np.abs(taken.face.points - np.float32([x, y])) < 0.5 * box.side).all()


def test_the_same_seed_takes_the_same_picture_and_another_one_another():
    backdrop = np.full((200, 300, 3), 20, np.uint8)
    first, again, other = (recapture(shot(), SCREEN, backdrop, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.pixels, again.pixels)
    assert first.pixels.shape != other.pixels.shape or not np.array_equal(first.pixels, other.pixels)


@pytest.mark.parametrize("medium", [SCREEN, PRINT])
def test_a_medium_that_fills_the_picture_shows_no_backdrop(medium):
    white = Shot(np.full((300, 300, 3), 255, np.uint8), shot().face)
    backdrop = np.zeros((200, 300, 3), np.uint8)

    def edges(close: bool, seed: int) -> float:
        pixels = recapture(white, medium, backdrop, np.random.default_rng(seed), close).pixels
        return float(np.mean([np.median(side) for side in (pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:])]))

    filled, within = ([edges(close, seed) for seed in range(12)] for close in (True, False))
    assert np.median(filled) > 1.5 * np.median(within)
    assert min(filled) > 60


def test_rates_say_how_many_live_faces_exceed_them():
    logits = np.random.default_rng(0).normal(-2, 1.5, 2000)
    rates = calibrate(logits, np.full(2000, "lfw_dev")).rates(logits)
    for share, rate in ANCHORS.items():
        assert (rates > rate + 1e-9).mean() == pytest.approx(share, abs=1e-3)


def test_nor_do_more_of_those_alone_that_were_taken_for_liveness():
    source = np.where(np.arange(2500) < 500, MOTLEY, "lfw_dev")
    logits = np.random.default_rng(0).normal(np.where(source == MOTLEY, 0, -4), 1.5)
    rates = calibrate(logits, source).rates(logits)
    for share, rate in ANCHORS.items():
        assert (rates[:500] > rate + 1e-9).mean() == pytest.approx(share, abs=3e-3)
        assert (rates > rate + 1e-9).mean() < share


def test_three_faces_taken_for_liveness_do_not_set_a_threshold():
    source = np.where(np.arange(2500) < 300, MOTLEY, "lfw_dev")
    logits = np.random.default_rng(0).normal(-2, 1.5, 2500)
    logits[:3] = 30
    assert limit(logits, source, 0.01) < 5
    assert limit(logits, source, 0.05) == limit(logits[:300], source[:300], 0.05)


def test_sources_never_seen_are_listed_with_the_worst_first_and_none_of_them_is_learnt_from(tmp_path):
    rows = [
        (f"{source.partition('/')[2]}/{kind}/{number}.jpg", kind, "live" if kind == "live" else "print", str(number))
        for source in UNSEEN
        for kind in ("live", "spoof")
        for number in range(20)
    ]
    (tmp_path / "liveness").mkdir()
    (tmp_path / "liveness" / "index.csv").write_text(
        "file,label,attack,subject\n" + "".join(f"{','.join(row)}\n" for row in rows)
    )
    assert photos(tmp_path) == []
    shown = unseen(tmp_path)
    judged = []
    for name in UNSEEN:
        taken = [photo for photo in shown if photo.source == name]
        attack = np.array([photo.instrument != "live" for photo in taken])
        bad = name == "liveness/phone"
        rate = np.where(attack, 0.1, 0.95) if bad else np.where(attack, 0.8, 0.1)
        answers = np.column_stack([rate, attack + np.linspace(0, 0.1, len(rate)), np.full(len(rate), not bad)])
        judged.append(Source(name.partition("/")[2], taken, answers))
    judged[0].judged[0] = np.nan, np.nan, 0
    lines = list(table(judged))
    assert lines[2].startswith("| phone | print, passes (APCER) | 20 / 20 | 100.0 %")
    assert lines[3].startswith("| phone | live, refused (BPCER) | 20 / 20 | 100.0 %")
    assert all("passes (APCER) | 20 / 20 | 0.0 %" in line for line in lines[4:10:2])
    assert "| nuaa | 1 | 0 of 40 | 0.0 % of 20 / 20 | 0.0 % of 19 / 19 |" in lines
    assert "| phone | 0 | 40 of 40 | none | none |" in lines


def test_what_is_held_back_names_no_file_and_nobody():
    lines = [line.split() for line in HELD_BACK.read_text().splitlines()]
    assert len(lines) > 1000
    assert all(len(digest) == 16 and int(digest, 16) >= 0 and int(subject) >= 0 for digest, subject in lines)
