"""Attacks on interactive liveness that a program draws, and cameras too near to see the edges of a medium."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo.acting import Actor, Face, rotated
from evaluation.interactive.attacks import NEAR, approached, near
from evaluation.interactive.generated import puppets, swaps
from evaluation.interactive.labels import Clip, Shown
from evaluation.interactive.swaps import Worn, wearable
from tests.support.faces import load
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.mesh import Mesh
from visage.faces.landmarks.pose import pose
from visage.faces.recognition.embed import embed
from visage.faces.types import Box
from visage.liveness.actions import Action
from visage.liveness.frames import Frame, see


@pytest.fixture
def actors(models, portraits: Path) -> tuple[Actor, Actor]:
    return Actor(load(portraits / "obama.jpg")), Actor(load(portraits / "biden.jpg"))


def embedded(picture: np.ndarray) -> np.ndarray:
    return embed(picture, detect_largest(picture))


def test_the_recogniser_takes_a_swapped_face_for_the_one_in_the_photo(actors):
    photo, living = actors
    frame = see(living.posed(Face(yaw=15)))
    swapped = embedded(Worn(see(photo.still)).on(frame.pixels, frame.mesh, whole=True))
    theirs, own = swapped @ embedded(photo.still), swapped @ embedded(living.still)
    assert theirs > 0.5 and theirs > own + 0.1, (theirs, own)


def test_nothing_but_the_face_changes_and_its_colours_stay_those_of_the_living_person(actors):
    photo, living = actors
    dark = (0.4 * living.still).astype(np.uint8)
    frame = see(dark)
    swapped = Worn(see(photo.still)).on(dark, frame.mesh, whole=True)
    changed = np.abs(swapped.astype(int) - dark).max(axis=-1) > 8
    inside = np.zeros(changed.shape, bool)
    left, top = frame.mesh.points.min(axis=0)[:2].astype(int)
    right, bottom = frame.mesh.points.max(axis=0)[:2].astype(int) + 1
    inside[top:bottom, left:right] = True
    assert changed[inside].mean() > 0.2 and not changed[~inside].any()
    assert abs(swapped[changed].mean() - dark[changed].mean()) < 8


def test_the_living_person_s_eyes_and_mouth_show_unless_the_face_is_whole(actors):
    photo, living = actors
    frame = see(living.posed(Face(lids=1, jaw=1)))
    worn = Worn(see(photo.still))
    whole, kept = (see(worn.on(frame.pixels, frame.mesh, each)) for each in (True, False))
    assert np.abs(np.subtract(kept.eyes, frame.eyes)).max() < np.abs(np.subtract(whole.eyes, frame.eyes)).max()
    eye = frame.mesh.points[[159, 145], :2].mean(axis=0).astype(int)
    assert np.abs(kept.pixels[eye[1], eye[0]].astype(int) - frame.pixels[eye[1], eye[0]]).max() < 12


def test_a_face_may_reach_beyond_the_picture(actors):
    photo, living = actors
    frame = see(living.still)
    chin = int(frame.mesh.points[152, 1])
    cut = frame.pixels[: chin - 25]
    swapped = Worn(see(photo.still)).on(cut, frame.mesh, whole=True)
    assert swapped.shape == cut.shape and (swapped[-1] != cut[-1]).any()


def test_a_turned_face_or_an_open_mouth_is_not_worn(actors):
    photo = see(actors[1].still)

    def turned(yaw: float, mouth: float) -> Frame:
        angles = pose(photo.mesh)
        points = rotated(photo.mesh.points.astype(float), yaw - angles.yaw, -angles.pitch)
        return replace(photo, mesh=Mesh(points, 1.0), mouth=mouth)

    assert wearable(turned(0, 0.01))
    assert not wearable(turned(0, 0.1)) and not wearable(turned(15, 0.01))


def test_a_nearer_camera_sees_a_square_around_the_face_inside_the_picture():
    picture = np.arange(60 * 80, dtype=np.int32).reshape(60, 80, 1)
    assert np.array_equal(near(picture, Box(30, 20, 20, 20), 26), picture[17:43, 27:53])
    assert np.array_equal(near(picture, Box(70, 50, 20, 20), 26), picture[34:60, 54:80])
    assert near(picture, Box(30, 20, 20, 20), 70).shape == (60, 70, 1)


def test_a_recording_from_near_keeps_one_size_and_follows_the_face(actors):
    actor, _ = actors
    frames = [actor.filmed(actor.still, (shift, 0)) for shift in (-30, 0, 30)]
    seen = approached([*frames, np.zeros_like(frames[0])])
    assert len(seen) == 3 and len({picture.shape for picture in seen}) == 1
    boxes = [detect_largest(picture).box for picture in seen]
    assert np.ptp([box.centre[0] for box in boxes]) < 6
    assert seen[0].shape[0] == pytest.approx(NEAR * boxes[1].side, rel=0.1)


def test_each_window_of_a_clip_is_judged_with_each_worn_face(models, portraits, actors, tmp_path, monkeypatch):
    (tmp_path / "clip").mkdir()
    for number, frame in enumerate(actors[1].act("blink")):
        Image.fromarray(frame).save(tmp_path / "clip" / f"{number:02}.jpg", quality=95)
    clip = Clip("clip", "bob", "reported", 5.0, (Shown(Action.BLINK, 2, 5),))
    monkeypatch.setattr("evaluation.interactive.generated.wearable", lambda _photo: True)
    rows = list(swaps(tmp_path, [clip], [portraits / "obama.jpg", portraits / "biden.jpg"], 1))
    assert [(row.asked, row.subjects) for row in rows] == [(1, {"bob"})] * 4
    kept, taken, whole, _ = rows
    assert taken.passed <= kept.passed
    assert whole.reasons["actionMissing"] == 1, "lids of a photo do not shut"


def test_each_portrait_acts_other_sequences(models, portraits):
    row, rest = puppets([portraits / "obama.jpg", portraits / "biden.jpg"], 2)
    assert (row.asked, row.subjects) == (rest.asked, rest.subjects) == (6, {"0", "1"})
    assert row.passed <= rest.passed
    refused = [refusal.partition(":")[0].split()[1:] for refusal in row.refusals]
    assert all(len(asked) == 3 for asked in refused) and len({*map(tuple, refused)}) == len(refused)
