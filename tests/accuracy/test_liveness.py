"""Interactive liveness on real sequences: the figures of training/NOTES.md, with bounds that catch regressions."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from training.data import load
from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import embed
from visage.liveness.actions import Action
from visage.liveness.continuity import discontinuities
from visage.liveness.events import events
from visage.liveness.frames import Flaw, Frame, see
from visage.liveness.motion import Motion
from visage.liveness.solidity import _doubt

pytestmark = pytest.mark.usefixtures("models")

BLINKS = ((42, 47), (93, 98), (165, 175), (222, 230))
"""Of the clip blink/, by the numbers in its files' names."""
ALSO = "apfol_fake2", 23
"""A blink in another clip, seen by eye: lids half-way down in one frame, open in those before and after it."""
WINDOW = 16
PEOPLE = {"apfol_real2": "apfol", "apfol_fake2": "apfol", "krzysiek_real": "krzysiek", "lestari_real": "lestari"}
PEOPLE |= {"lestari_fake": "lestari"}


@cache
def clip(folder: Path) -> tuple[list[int], list[Frame]]:
    """The frames of a clip, and the numbers in their names."""
    files = sorted(folder.glob("*.jpg"))
    frames = [see(load(file)) for file in files]
    assert not [frame for frame in frames if isinstance(frame, Flaw)]
    return [int(file.stem) for file in files], frames


@pytest.fixture
def clips(data) -> dict[str, list[Frame]]:
    return {name: clip(data / "liveness" / "video" / name)[1] for name in PEOPLE}


def windows(frames: Sequence[Frame]) -> Iterator[Sequence[Frame]]:
    """All runs of 16 frames, each starting two later."""
    for start in range(0, len(frames) - WINDOW + 1, 2):
        yield frames[start : start + WINDOW]


def blinks(frames: Sequence[Frame]) -> list[int]:
    return [event.peaks[0] for event in events(Motion.of(frames)) if event.action is Action.BLINK]


def test_blinks_are_detected_without_false_positives(data, clips, report):
    numbers, frames = clip(data / "blink")
    found, whole, false, without = 0, 0, 0, 0
    for start in range(0, len(frames) - WINDOW + 1):
        inside = numbers[start : start + WINDOW]
        peaks = [inside[peak] for peak in blinks(frames[start : start + WINDOW])]
        within = [blink for blink in BLINKS if inside[1] <= blink[0] - 4 and blink[1] + 4 <= inside[-2]]
        touched = [blink for blink in BLINKS if blink[1] >= inside[0] and blink[0] <= inside[-1]]
        whole += len(within)
        found += sum(any(low - 4 <= peak <= high + 4 for peak in peaks) for low, high in within)
        without += not touched
        false += bool(not touched and peaks)
    size = f"{whole} of 4 blinks, one person"
    report("blinks seen, windows of 16 of blink/", size, f"{found / whole:.3f}", ">= 0.95")
    others = [
        bool(blinks(window))
        for name, frames in clips.items()
        for start, window in enumerate(windows(frames))
        if name != ALSO[0] or not 2 * start <= ALSO[1] < 2 * start + WINDOW
    ]
    share = (false + sum(others)) / (without + len(others))
    sample = f"{without + len(others)} windows, 4 people"
    report("windows without a blink in which one is seen", sample, f"{share:.3f}", "<= 0.05")
    assert found >= 0.95 * whole and share <= 0.05


def test_yales_shut_eyes_are_distinguished_from_open_ones(data, report):
    eyes: dict[str, dict[str, np.ndarray]] = {}
    for file in sorted((data / "yale").glob("subject*")):
        who, kind = file.name.split(".")[:2]
        frame = see(load(file))
        if isinstance(frame, Frame):
            eyes.setdefault(kind, {})[who] = np.array(frame.eyes)
    rest = eyes["normal"]

    def shut(kind: str) -> list[bool]:
        return [bool((eyes[kind][who] / rest[who] < 0.62).all()) for who in sorted(rest.keys() & eyes[kind].keys())]

    closed, opened = shut("sleepy"), [flag for kind in eyes if kind not in ("sleepy", "wink") for flag in shut(kind)]
    report("shut eyes seen as shut, Yale", f"{len(closed)} people", f"{np.mean(closed):.3f}", ">= 0.9")
    report("open eyes seen as shut, Yale", f"{len(opened)} photos", f"{np.mean(opened):.3f}", "<= 0.02")
    assert np.mean(closed) >= 0.9 and np.mean(opened) <= 0.02


def test_heads_that_turn_are_solid(clips, report):
    solid = []
    for name in ("apfol_real2", "apfol_fake2", "krzysiek_real"):
        frames = clips[name]
        motion = Motion.of(frames)
        for peak in np.flatnonzero(np.abs(motion.angles).max(axis=1) >= 10).tolist():
            yaw, pitch = np.abs(motion.angles[peak, :2])
            solid.append(_doubt(frames, motion, Action.SHAKE if yaw >= pitch else Action.NOD, peak) is None)
    size = f"{len(solid)} frames, 2 people"
    report("frames of turned heads taken for heads", size, f"{np.mean(solid):.3f}", ">= 0.9")
    assert np.mean(solid) >= 0.9


def test_windows_of_clips_are_one_sequence_of_one_person(clips, report):
    broken = [list(discontinuities(window)) for frames in clips.values() for window in windows(frames)]
    share = np.mean([bool(flaws) for flaws in broken])
    report("windows of clips with a break", f"{len(broken)} windows, 3 people", f"{share:.3f}", "<= 0.05")
    same, other = [], []
    faces = {
        name: [embed(frame.pixels, frame.face) for frame in frames[:: len(frames) // 6][:6]]
        for name, frames in clips.items()
    }
    for (one, first), (two, second) in itertools.combinations_with_replacement(faces.items(), 2):
        pairs = itertools.product(first, second) if one != two else itertools.combinations(first, 2)
        accepted = [accepts(*pair) for pair in pairs]
        if one == two:
            same += accepted
        elif PEOPLE[one] != PEOPLE[two]:
            other += accepted
    report("frames of one clip taken for one person", f"{len(same)} pairs, 5 clips", f"{np.mean(same):.3f}", ">= 0.95")
    report("frames of two people taken for one", f"{len(other)} pairs, 3 people", f"{np.mean(other):.3f}", "<= 0.01")
    assert share <= 0.05 and np.mean(same) >= 0.95 and np.mean(other) <= 0.01


def flaws(frames: Sequence[Frame]) -> set[Flaw]:
    return {finding.flaw for finding in discontinuities(frames)}


def accepts(first: np.ndarray, second: np.ndarray) -> bool:
    comparison = compare_embeddings(first, second)
    return comparison.score >= comparison.thresholds["0.001"]


def test_a_cut_between_clips_is_detected(clips, report):
    seen = []
    for one, two in itertools.permutations(clips, 2):
        for start in (0, 10, 20):
            joined = [*clips[one][start : start + 8], *clips[two][start : start + 8]]
            seen.append(Flaw.JUMP in flaws(joined))
    report("cuts from clip to clip seen as jumps", f"{len(seen)} cuts, 5 clips", f"{np.mean(seen):.3f}", ">= 0.8")
    assert np.mean(seen) >= 0.8


def test_shuffled_clips_are_detected(clips, report):
    seen: list[bool] = []
    generator = np.random.default_rng(0)
    for name in ("apfol_real2", "apfol_fake2", "krzysiek_real"):
        frames = clips[name]
        for _ in range(20):
            start = generator.integers(0, len(frames) - 30)
            order = start + generator.permutation(30)
            seen.append(bool({Flaw.OUT_OF_ORDER, Flaw.JUMP} & flaws([frames[index] for index in order])))
    report("shuffled turning heads seen", f"{len(seen)} of 30 frames, 2 people", f"{np.mean(seen):.3f}", ">= 0.85")
    assert np.mean(seen) >= 0.85
