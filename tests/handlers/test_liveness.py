"""Interactive liveness in process: verdicts on frames of people and of photos."""

import base64
import hashlib
import io
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from demo.acting import SIZE, Actor, Face, jpeg
from demo.held_photos import SHAKEN, in_hand
from demo.portraits import portraits
from tests.support.faces import load
from tests.support.liveness import ACTIONS, ask, begin
from visage import aws
from visage.access.clients import clients
from visage.liveness import sessions, verify
from visage.liveness.actions import Action
from visage.liveness.frames import see

pytestmark = pytest.mark.usefixtures("deployment")

DONE = ("blink", "shake")


class Remembering(Actor):
    """An actor who plays the same once, however often he is asked for it."""

    def __init__(self, portrait):
        super().__init__(portrait)
        self._played = {}

    def act(self, *actions):
        if actions not in self._played:
            self._played[actions] = super().act(*actions)
            for frame in self._played[actions]:
                frame.flags.writeable = False
        return list(self._played[actions])


@pytest.fixture(scope="module")
def _actor():
    """Created within the first test, where the models are configured."""
    made = {}

    def actor(name="obama.jpg"):
        if name not in made:
            made[name] = Remembering(load(portraits() / name))
        return made[name]

    return actor


@pytest.fixture
def actor(_actor, deployment):
    return _actor()


@pytest.fixture
def other(_actor, deployment):
    return _actor("biden.jpg")


@pytest.fixture
def client():
    return clients().create("tests")


@pytest.fixture(autouse=True)
def arranged(monkeypatch):
    """Sessions request the same actions, and every picture counts as live, which other tests cover; deadlines are
    disabled, because the machine may be slow; the same frame in another clip is not looked at again."""
    monkeypatch.setattr(sessions, "draw", lambda _count: ACTIONS)
    monkeypatch.setattr(import_module("verify_liveness.app"), "SECONDS", 120.0)
    monkeypatch.setattr(verify, "recapture", lambda _image, _face: 0.1)
    monkeypatch.setattr(verify, "see", see_once)


_seen = {}


def see_once(pixels):
    frame = pixels.shape, hashlib.sha256(pixels.tobytes()).digest()
    if frame not in _seen:
        _seen[frame] = see(pixels)
    return _seen[frame]


def answer(client, frames, session=None):
    urls = ["base64://" + base64.b64encode(jpeg(frame)).decode() for frame in frames]
    return ask("verify_liveness", client, {"sessionId": session or begin(client)["sessionId"], "urls": urls})


def judged(client, frames):
    """The response's data, whose reasons and details agree."""
    code, data = answer(client, frames)
    assert code == 200 and data["passed"] is (not data["reasons"])
    assert data["reasons"] == list(dict.fromkeys(each["reason"] for each in data["details"]))
    return data


def reasons(client, frames):
    return set(judged(client, frames)["reasons"])


def told(client, frames, reason):
    """The frame, the hint and the measurement of the only reason."""
    (detail,) = judged(client, frames)["details"]
    assert detail["reason"] == reason and detail["en"] and detail["zh"]
    return detail["frame"], detail["hint"], detail["measured"]


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_person_who_does_what_was_asked_passes(client, actor, monkeypatch):
    monkeypatch.setattr(sessions, "draw", lambda _count: (*ACTIONS, Action.OPEN_MOUTH, Action.NOD))
    code, data = answer(client, actor.act("blink", "shake", "openMouth", "nod"))
    assert (code, data["passed"], data["reasons"], data["samePerson"]) == (200, True, [], True)
    assert [action["action"] for action in data["actions"]] == ["blink", "shake", "openMouth", "nod"]
    assert all(action["passed"] for action in data["actions"])
    blink, shake, mouth, nod = (action["frame"] for action in data["actions"])
    assert blink in (3, 4) and shake in (10, 11, 12) and mouth in (14, 15, 16, 17) and nod in (19, 20, 21)
    best = data["best"]
    assert best["recapture"] == {"label": "normal", "suggestion": "pass", "rate": 10.0}
    x, y, w, h = (best["location"][side] for side in "xywh")
    assert abs(x + w / 2 - SIZE[0] / 2) < 20 and abs(y + h / 2 - SIZE[1] / 2) < 20 and 150 < h < 230


def test_frames_may_come_in_every_way_that_images_come(client, actor):
    frames = actor.act(*DONE)
    urls = []
    for number, frame in enumerate(frames):
        key = f"{client.id}/uploads/{number}.jpg"
        aws.client("s3").put_object(Bucket="visage-uploads", Key=key, Body=jpeg(frame))
        inline = "base64://" + base64.b64encode(jpeg(frame)).decode()
        urls.append(f"oss://visage-uploads/{key}" if number % 2 else inline)
    code, data = ask("verify_liveness", client, {"sessionId": begin(client)["sessionId"], "urls": urls})
    assert code == 200 and data["passed"], data


def test_large_frames_are_answered_in_their_own_pixels(client, actor):
    large = [np.asarray(Image.fromarray(frame).resize((1600, 1200))) for frame in actor.act(*DONE)[:8]]
    _, data = answer(client, large)
    assert 500 < data["best"]["location"]["h"] < 760


# --- what must fail ---------------------------------------------------------------------------------------------------


def test_actions_in_another_order_fail(client, actor):
    assert "actionMissing" in reasons(client, actor.act("shake", "blink"))


def test_frames_backwards_fail(client, actor):
    assert "actionMissing" in reasons(client, actor.act(*DONE)[::-1])


def test_shuffled_frames_fail(client, actor):
    frames = actor.act(*DONE)
    order = np.random.default_rng(1).permutation(len(frames))
    assert "outOfOrder" in reasons(client, [frames[index] for index in order])


@pytest.mark.parametrize("copy", ["the same", "compressed anew", "mirrored"])
def test_a_frame_that_comes_twice_fails(client, actor, copy):
    frames = actor.act(*DONE)
    frame = frames[3]
    if copy == "compressed anew":
        frame = np.asarray(Image.open(io.BytesIO(jpeg(frame, 75))))
    if copy == "mirrored":
        frame = frame[:, ::-1]
    assert "repeatedFrames" in reasons(client, [*frames[:10], frame, *frames[10:]])


def test_a_camera_slower_than_what_sends_its_frames_passes(client, actor):
    frames = actor.act(*DONE)
    for number in range(len(frames) - 1, 0, -4):
        frames.insert(number, np.asarray(Image.open(io.BytesIO(jpeg(frames[number], 90)))))
    assert reasons(client, frames) == set()


def test_a_picture_that_stays_is_no_sequence(client, actor):
    still = actor.act(*DONE)[:3]
    assert "repeatedFrames" in reasons(client, [frame for frame in still for _ in range(3)])


def test_the_same_address_twice_fails(client, actor):
    frames = actor.act(*DONE)
    assert "repeatedFrames" in reasons(client, [*frames, frames[-1]])


def test_everything_at_once_fails(client, actor):
    frames = actor.act("nod", "openMouth", "blink", "shake", "nod")
    assert "otherActions" in reasons(client, frames)


def test_two_faces_for_a_moment_fail(client, actor, other):
    frames = actor.act(*DONE)
    frames[9] = np.hstack([frames[9][:, 120:360], other.still[:, 120:360]])
    assert told(client, frames, "severalFaces") == (9, "onePerson", None)


def test_somebody_who_walks_behind_does_no_harm(client, actor, other):
    passer = np.asarray(Image.fromarray(other.still).resize((120, 90)))[:80, 25:95]
    frames = [frame.copy() for frame in actor.act(*DONE)]
    for number in range(5, 9):
        left = 70 * (number - 5) % 90
        frames[number][:80, left : left + 70] = passer
    assert "severalFaces" not in reasons(client, frames)


def test_a_frame_without_a_face_fails(client, actor):
    frames = actor.act(*DONE)
    frames[4] = np.full_like(frames[4], 90)
    code, data = answer(client, frames)
    assert (code, data["passed"], data["reasons"], data["best"]) == (200, False, ["noFace"], None)
    assert data["actions"][0] == {"action": "blink", "passed": False, "frame": None}
    assert (data["details"][0]["frame"], data["details"][0]["hint"]) == (4, "showFace")


def test_a_black_frame_asks_for_light(client, actor):
    frames = actor.act(*DONE)
    frames[6] = np.zeros_like(frames[6])
    assert told(client, frames, "noFace") == (6, "moreLight", 0.0)


def test_frames_of_mixed_sizes_fail(client, actor):
    frames = actor.act(*DONE)
    frames[5] = np.asarray(Image.fromarray(frames[5]).resize((640, 480)))
    frames[7] = frames[7][:, 60:420]
    assert told(client, frames, "mixedSizes") == (5, "oneCamera", 640)


def test_a_face_far_away_fails(client, actor):
    far = [np.asarray(Image.fromarray(frame).resize((160, 120))) for frame in actor.act(*DONE)]
    assert told(client, far, "smallFace") == (0, "comeCloser", None)


def test_another_person_who_takes_over_fails(client, actor, other):
    frames = actor.act(*DONE)
    frames[10:] = other.act(*DONE)[10:]
    found = reasons(client, frames)
    assert "otherPerson" in found


def test_a_cut_to_another_place_fails(client, actor):
    frames = actor.act(*DONE)
    box = (80, 60, 400, 300)  # nearer to the camera
    frames[10:] = [np.asarray(Image.fromarray(frame).resize(SIZE, box=box)) for frame in frames[10:]]
    assert "jump" in reasons(client, frames)


def test_a_picture_of_a_picture_fails(client, actor, monkeypatch):
    monkeypatch.setattr(verify, "recapture", lambda _image, _face: 0.97)
    code, data = answer(client, actor.act(*DONE))
    assert (code, data["reasons"]) == (200, ["recaptured"])
    assert data["best"]["recapture"] == {"label": "liveness", "suggestion": "block", "rate": 97.0}


# --- photos in somebody's hand ----------------------------------------------------------------------------------------


def test_a_still_photo_fails(client, actor):
    data = judged(client, in_hand(actor, [(0, 0)] * 12))
    missing = next(each for each in data["details"] if each["reason"] == "actionMissing")
    assert (missing["action"], missing["hint"], missing["limit"]) == ("blink", "closeEyes", 0.7)
    assert 0.7 < missing["measured"] < 1.2 and 0 <= missing["frame"] < 12


def test_a_photo_turned_by_hand_fails(client, actor):
    assert reasons(client, in_hand(actor, SHAKEN)) & {"actionMissing", "flatFace"}


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_a_photo_whose_eyes_are_cut_out_fails_because_the_head_must_turn(client, _actor, name):
    actor = _actor(name)
    faces = [Face()] * 2 + [Face(lids=0.5), Face(lids=1), Face(lids=1)] + [Face()] * 2 + [Face()] * len(SHAKEN)
    turns = [(0, 0)] * 7 + SHAKEN
    code, data = answer(client, in_hand(actor, turns, faces))
    blink = data["actions"][0]
    assert code == 200 and blink["passed"], "the cut eyes do blink"
    assert not data["passed"] and {"actionMissing", "flatFace"} & set(data["reasons"])
