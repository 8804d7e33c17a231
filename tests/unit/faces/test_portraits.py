"""The whole pipeline on portraits from registry packages, from pixels to a score."""

import itertools

import numpy as np
import pytest

from tests.support.faces import load, resize
from visage.errors import Reason, VisageError
from visage.faces.detection import detect as detection
from visage.faces.detection.detect import RESOLUTIONS, Budget, _find, detect, detect_largest
from visage.faces.detection.detectors import Hits
from visage.faces.detection.looks import CENTERFACE, YUNET, Canvas, first_look, second_look
from visage.faces.imaging.geometry import overlap
from visage.faces.recognition.compare import compare
from visage.faces.recognition.embed import embed

pytestmark = pytest.mark.usefixtures("models")

OBAMA = ("obama.jpg", "obama2.jpg", "obama3.jpg")
PARTIAL = ("obama_partial_face.jpg", "obama_partial_face2.jpg")
"""Cut at one side, so that about two thirds of the face are left."""


def photo(width: int, height: int) -> np.ndarray:
    """A picture without faces: smooth colours and some noise."""
    x, y = np.meshgrid(np.linspace(0, 3, width), np.linspace(0, 2, height))
    colours = np.stack([np.sin(x + y), np.cos(2 * x - y), np.sin(3 * y)], axis=-1) * 60 + 128
    return (colours + np.random.default_rng(0).normal(0, 8, colours.shape)).clip(0, 255).astype(np.uint8)


def around(image: np.ndarray, share: float) -> np.ndarray:
    """The part of an image around its largest face, `share` times as large as the face's box."""
    box = detect_largest(image).box
    x, y = box.centre
    left, right = round(x - share * box.width / 2), round(x + share * box.width / 2)
    top, bottom = round(y - share * box.height / 2), round(y + share * box.height / 2)
    return image[max(top, 0) : bottom, max(left, 0) : right]


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ("obama.jpg", "obama2.jpg", 98.6),
        ("obama.jpg", "obama3.jpg", 98.8),
        ("obama2.jpg", "obama3.jpg", 98.4),
        ("obama.jpg", "obama_partial_face.jpg", 99.1),
        ("obama3.jpg", "obama_partial_face2.jpg", 98.3),
        ("biden.jpg", "obama.jpg", 12.8),
        ("biden.jpg", "obama2.jpg", 45.6),
        ("biden.jpg", "obama3.jpg", 26.5),
    ],
)
def test_scores_are_as_they_were(portraits, first, second, score):
    assert compare(load(portraits / first), load(portraits / second)).score == pytest.approx(score, abs=0.5)


def test_one_person_passes_the_strictest_threshold_and_two_fail_the_mildest(portraits):
    for first, second in itertools.combinations((*OBAMA, *PARTIAL), 2):
        same = compare(load(portraits / first), load(portraits / second))
        assert same.score > same.thresholds["0.0001"], (first, second)
    for name in (*OBAMA, *PARTIAL):
        different = compare(load(portraits / "biden.jpg"), load(portraits / name))
        assert different.score < different.thresholds["0.01"], name


def test_an_image_compared_with_itself_scores_more_than_any_two_photos(portraits):
    image = load(portraits / "biden.jpg")
    assert 99 < compare(image, image).score < 100


def test_a_comparison_does_not_depend_on_the_order(portraits):
    first, second = load(portraits / "obama.jpg"), load(portraits / "biden.jpg")
    assert compare(first, second).similarity == pytest.approx(compare(second, first).similarity, abs=1e-6)


def test_the_image_without_a_face_is_named(portraits):
    face, nothing = load(portraits / "biden.jpg"), photo(640, 480)
    for images, name in (((nothing, face), "source"), ((face, nothing), "target")):
        with pytest.raises(VisageError, match=f"{name} image") as raised:
            compare(*images)
        assert raised.value.reason is Reason.NO_FACE


@pytest.mark.parametrize(
    ("name", "faces"), [("sample3.jpg", 3), ("sample4.jpg", 4), ("sample5.jpg", 5), ("sample6.jpg", 4)]
)
def test_every_face_of_a_group_is_found_the_largest_first(portraits, name, faces):
    found = detect(load(portraits / name))
    areas = [face.box.area for face in found]
    assert len(found) == faces
    assert areas == sorted(areas, reverse=True)


def test_no_more_faces_come_back_than_asked_for(portraits):
    image = load(portraits / "sample5.jpg")
    assert [face.box for face in detect(image, limit=2)] == [face.box for face in detect(image)[:2]]


def test_of_equally_large_faces_the_one_in_the_middle_counts(portraits):
    face = resize(around(load(portraits / "obama.jpg"), 1.6), 160, 200)
    image = photo(900, 400)
    image[100:308, 20:186] = resize(face, 166, 208)
    image[100:300, 380:540] = face
    assert detect_largest(image).box.centre == pytest.approx((460, 200), abs=25)


def test_the_one_in_the_middle_counts_among_many_equally_large_faces(portraits):
    face = resize(around(load(portraits / "obama.jpg"), 1.6), 160, 200)
    tile = np.full((230, 190, 3), 128, np.uint8)
    tile[:200, :160] = face
    assert detect_largest(np.tile(tile, (5, 5, 1))).box.centre == pytest.approx((2 * 190 + 80, 2 * 230 + 100), abs=25)


@pytest.mark.parametrize("large_left", [True, False])
def test_a_larger_face_counts_wherever_it_is(portraits, large_left):
    face = around(load(portraits / "obama.jpg"), 1.6)
    image = photo(900, 400)
    image[100:220, 400:496] = resize(face, 96, 120)
    left = 10 if large_left else 730
    image[100:300, left : left + 160] = resize(face, 160, 200)
    assert detect_largest(image).box.centre == pytest.approx((left + 80, 200), abs=25)


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize(("x", "y"), [(915, 520), (640, 480)])
def test_a_face_of_24_px_in_a_photo_of_1280_px_is_found(portraits, everything, x, y):
    image, face = photo(1280, 960), around(load(portraits / "obama.jpg"), 1.6)
    image[y - 20 : y + 20, x - 15 : x + 16] = resize(face, 31, 40)
    found = detect(image) if everything else detect(image, limit=1)
    assert len(found) == 1
    assert found[0].box.centre == pytest.approx((x, y), abs=4)
    assert found[0].box.side == pytest.approx(24, abs=4)


@pytest.mark.parametrize(("side", "passes", "faces"), [(240, 1, 1), (30, 3, 2)])
def test_no_finer_look_is_taken_for_faces_that_are_too_small_to_matter(portraits, monkeypatch, side, passes, faces):
    image, face = photo(1280, 960), around(load(portraits / "obama.jpg"), 1.6)
    for left, tall in ((100, 5 * side // 3), (900, 50)):
        image[200 : 200 + tall, left : left + 4 * tall // 5] = resize(face, 4 * tall // 5, tall)
    sizes = set()

    def noted(canvas, detector):
        sizes.add(canvas.picture.shape)
        return first_look(canvas, detector)

    monkeypatch.setattr(detection, "first_look", noted)
    assert len(detect(image, share=0.5)) == faces
    assert len(sizes) == passes
    assert len(detect(image)) == 2


@pytest.mark.parametrize("share", [0.9, 1.0, 1.2])
@pytest.mark.parametrize("size", [(102, 126), (1200, 1500)])
def test_a_face_that_fills_the_frame_is_found_and_recognised(portraits, share, size):
    original = load(portraits / "obama2.jpg")
    comparison = compare(resize(around(original, share), *size), load(portraits / "obama.jpg"))
    assert comparison.score > comparison.thresholds["0.001"]


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_a_turned_photo_gives_the_same_face(portraits, name, turns):
    image = load(portraits / name)
    turned = np.rot90(image, turns)
    upright, found = detect_largest(image), detect_largest(turned)
    assert embed(turned, found) @ embed(image, upright) > 0.85
    box = found.box
    inside = (found.points > [box.left, box.top]) & (found.points < [box.left + box.width, box.top + box.height])
    assert inside.all()
    if turns == 2:
        height, width = image.shape[:2]
        assert np.abs([width, height] - found.points - upright.points).max() < 0.08 * upright.box.side


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_face_that_is_hit_at_once_costs_no_further_pass(portraits, turns):
    image = load(portraits / "obama.jpg")
    (sight,) = _find(np.rot90(image, turns), RESOLUTIONS[:1], 1, Budget(8))
    assert sight.points == pytest.approx(detect_largest(np.rot90(image, turns)).points, abs=0.1)


@pytest.mark.parametrize("turns", [2, 3])
def test_a_face_that_is_seen_in_no_other_orientation_is_found_in_the_turned_photo(portraits, monkeypatch, turns):
    part = around(load(portraits / "obama_partial_face.jpg"), 3)
    small = resize(part, round(80 * part.shape[1] / part.shape[0]), 80)
    upright, passes = detect_largest(small), []

    def blind_until_it_stands_upright(image, *how):
        passes.append(image)
        return _find(image, *how) if (turns + len(passes) - 1) % 4 == 0 else []

    monkeypatch.setattr(detection, "_find", blind_until_it_stands_upright)
    found = detect_largest(np.rot90(small, turns))
    assert found.box.side == pytest.approx(upright.box.side, rel=0.1)
    assert len(passes) == 5 - turns


def corners_of(face):
    box = face.box
    return [box.left, box.top, box.left + box.width, box.top + box.height]


def test_two_hits_on_one_face_are_one_face(portraits, monkeypatch):
    image = load(portraits / "obama.jpg")
    box = detect_largest(image).box
    hit = np.array([box.left, box.top, box.left + box.width, box.top + box.height])
    apart = np.array([0.3, 0.25, 0.3, 0.25]) * box.width
    pair = Hits(np.stack([hit - apart, hit + apart]), np.array([0.9, 0.8]), np.zeros((2, 5, 2)))
    assert overlap(pair.corners[0], pair.corners[1:])[0] < 0.3
    monkeypatch.setattr(detection, "first_look", lambda canvas, detector: pair)
    assert len(second_look(image, pair.corners, np.stack([pair.scores, pair.scores], axis=1))) == 2
    assert len(detect(image)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("search", "limit"), [(detect, 240), (detect_largest, 64)])
def test_a_picture_made_of_false_hits_is_given_up(portraits, monkeypatch, search, limit):
    face = np.full((100, 100, 3), 128)
    face[:80, :80] = resize(around(load(portraits / "obama.jpg"), 1.3), 80, 80)
    # A fine pattern, gone where the picture is shrunk for the first look, hides every face from the second.
    pattern = np.kron([[100, -100], [-100, 100]], np.ones((2, 2)))
    tile = face / 2 + 64 + np.tile(pattern, (25, 25))[..., None]
    image = np.tile(tile.clip(0, 255).astype(np.uint8), (30, 30, 1))
    assert len(first_look(Canvas.of(image, 1280), CENTERFACE).scores) > 500

    looks = []

    def counted(image, corners, first):
        looks.append(corners)
        return second_look(image, corners, first)

    monkeypatch.setattr(detection, "second_look", counted)
    assert not search(image)
    assert sum(map(len, looks)) == limit


@pytest.mark.parametrize("detector", [CENTERFACE, YUNET])
def test_each_detector_sees_the_same_face(portraits, detector):
    image = load(portraits / "obama.jpg")
    known = detect_largest(image)
    (seen,) = first_look(Canvas.of(image, 256), detector)[:1].corners
    assert overlap(np.array(corners_of(known)), seen[None])[0] > 0.6


def test_a_face_of_which_the_first_detector_is_sure_does_not_wait_for_the_second(portraits, monkeypatch):
    asked = []

    def noted(canvas, detector):
        asked.append(detector)
        return first_look(canvas, detector)

    monkeypatch.setattr(detection, "first_look", noted)
    assert detect_largest(load(portraits / "obama.jpg"))
    assert asked == [CENTERFACE]


def test_what_the_first_detector_does_not_see_the_second_finds(portraits, monkeypatch):
    image = load(portraits / "obama.jpg")
    nothing = Hits(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2)))
    known = detect_largest(image)

    def blind(canvas, detector):
        return nothing if detector is CENTERFACE else first_look(canvas, detector)

    monkeypatch.setattr(detection, "first_look", blind)
    found = detect_largest(image)
    assert overlap(np.array(corners_of(known)), np.array([corners_of(found)]))[0] > 0.6


def test_what_is_doubtful_and_no_face_is_not_found(portraits, monkeypatch):
    image = load(portraits / "obama.jpg")
    monkeypatch.setattr("visage.faces.detection.looks.Sight.sure", property(lambda _sight: False))
    assert detect_largest(image)
    monkeypatch.setattr(detection, "verified", lambda _image, _sights: [])
    assert detect_largest(image) is None


@pytest.mark.slow
def test_pictures_of_nothing_have_no_face():
    for image in (np.zeros((480, 640, 3), np.uint8), np.full((480, 640, 3), 255, np.uint8), photo(640, 480)):
        assert detect(image) == ()
        assert detect_largest(image) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 5)])
def test_an_image_of_any_shape_is_searched(shape):
    assert detect(np.full((*shape, 3), 90, np.uint8)) == ()
