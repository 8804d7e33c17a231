"""The shipped pipeline on development photos. Its calibration has seen these people: what holds for people it has not
seen is measured by `python -m training.calibration` and stands in docs/accuracy.md. Here the bounds catch regressions;
each leaves room for the sampling error of the sample it is applied to.
"""

import random
from pathlib import Path

import numpy as np
import pytest

from evaluation.collection import person
from evaluation.embeddings import central_face
from evaluation.metrics import accuracy, true_accept_rate
from tests.support.faces import resize
from training.calibration.chip_portraits import chip_portrait, is_grey
from training.data import lfw_pairs, load
from training.detection import WITH_PEOPLE
from visage.faces.detection.detect import detect, detect_largest
from visage.faces.recognition.embed import embed
from visage.faces.recognition.impostors import ImageType, decades

FOLDS = (8, 9)
"""Of LFW: pairs by which the recogniser was not chosen, some of them hard, so that a small loss shows."""

pytestmark = pytest.mark.usefixtures("models")


def sample(folder: Path, pattern: str, size: int) -> list[Path]:
    files = sorted(folder.glob(pattern))
    return random.Random(0).sample(files, min(size, len(files)))


@pytest.mark.parametrize(
    ("name", "pattern", "size", "bound"),
    [
        ("lfw_dev", "*/*.jpg", 300, 1.0),
        ("utkface", "*.jpg", 300, 0.985),
        ("celeba", "images/*.jpg", 150, 0.98),
        ("ffhq", "images/*.jpg", 150, 0.98),
        ("yale", "subject*", 100, 0.98),
        ("mask/without_mask", "*.jpg", 150, 0.96),
        ("mask/with_mask", "*.jpg", 150, 0.80),
    ],
)
def test_faces_are_found(data, report, name, pattern, size, bound):
    files = sample(data / name, pattern, size)
    found = np.mean([detect_largest(load(file)) is not None for file in files])
    report(f"faces found, {name}", f"{len(files)} images", f"{found:.3f}", f">= {bound:.3f}")
    assert found >= bound


def test_rooms_without_people_have_no_face(data, report):
    rooms = [file for file in sorted((data / "noface").glob("*.jpg")) if file.name not in WITH_PEOPLE]
    hits = [file.name for file in rooms if detect(load(file))]
    report("false hits, noface", f"{len(rooms)} rooms", f"{len(hits)}", "<= 1")
    assert len(hits) <= 1, hits


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_photos_are_found_and_their_points_come_back(data, report, turns):
    files = sample(data / "lfw_dev", "*/*.jpg", 60)
    apart = []
    for file in files:
        image = load(file)
        upright, turned = detect_largest(image), detect_largest(np.rot90(image, turns))
        if turned is None:
            apart.append(np.inf)
            continue
        x, y = (turned.points - 125).T
        back = {1: (-y, x), 2: (-x, -y), 3: (y, -x)}[turns]
        apart.append(np.abs(np.stack(back, axis=1) + 125 - upright.points).max() / upright.box.side)
    share = np.mean(np.array(apart) < 0.1)
    report(f"same points when turned by {90 * turns} degrees", f"{len(files)} images", f"{share:.3f}", ">= 0.930")
    assert share >= 0.93


def test_small_tight_portraits_are_found(data, report):
    files = sample(data / "lfw_dev", "*/*.jpg", 60)
    found = []
    for file in files:
        image = load(file)
        box = detect_largest(image).box
        left, top = max(0, round(box.left)), max(0, round(box.top))
        found.append(detect_largest(resize(image[top:, left:][: round(box.height), : round(box.width)], 102, 126)))
    share = np.mean([face is not None for face in found])
    report("faces cut out along their box, 102x126", f"{len(files)} images", f"{share:.3f}", ">= 0.950")
    assert share >= 0.95


def test_pairs_of_the_same_and_of_different_people_are_distinguished(data, report):
    pairs = [pair for pair in lfw_pairs(data) if pair.fold in FOLDS]
    files = sorted({file for pair in pairs for file in (pair.first, pair.second)})
    vectors = {}
    for file in files:
        image = load(data / "lfw_dev" / file)
        vectors[file] = embed(image, central_face(image))
    similarity = np.array([vectors[pair.first] @ vectors[pair.second] for pair in pairs])
    same, fold = np.array([pair.same for pair in pairs]), np.array([pair.fold for pair in pairs])
    correct, accepted = accuracy(similarity, same, fold), true_accept_rate(similarity, same, 1e-3)
    report("accuracy, LFW folds 8 and 9", f"{len(pairs)} pairs", f"{correct:.4f}", ">= 0.9930")
    report("TAR at FMR 0.001, same pairs", f"{same.sum()} genuine pairs", f"{accepted:.4f}", ">= 0.9850")

    portraits = {person(file): vectors[file] for file in files}
    matrix = np.stack(list(portraits.values()))
    first, second = np.triu_indices(len(matrix), 1)
    rare = decades(matrix[first], matrix[second])
    measured = {}
    for rate in (0.01, 0.001, 0.0001):
        measured[rate] = np.mean(rare >= -np.log10(rate))
        sizes = f"{len(matrix)} people, {len(rare)} pairs"
        report(f"false matches at pairs' thresholds for {rate}", sizes, f"{measured[rate]:.5f}", f"<= {3 * rate:.4f}")
    assert correct >= 0.993
    assert accepted >= 0.985
    assert 0.003 <= measured[0.01] <= 0.03
    assert all(share <= 3 * rate for rate, share in measured.items())


def test_chip_portraits_are_found_and_distinguished(data, report):
    pairs = [pair for pair in lfw_pairs(data) if pair.fold == FOLDS[0]]
    photos, chips = {}, {}
    for file in sorted({file for pair in pairs for file in (pair.first, pair.second)}):
        image = load(data / "lfw_dev" / file)
        face = central_face(image)
        photos[file] = embed(image, face)
        portrait = chip_portrait(image, face, is_grey(file.rpartition("/")[2]))
        found = detect_largest(portrait)
        if found is not None:
            chips[file] = embed(portrait, found)
    share = len(chips) / len(photos)
    report("faces found in simulated chip portraits", f"{len(photos)} images", f"{share:.3f}", ">= 0.980")
    assert share >= 0.98
    types = ImageType.PHOTO, ImageType.CHIP
    compared = [(pair.same, photos[pair.first], chips[pair.second]) for pair in pairs if pair.second in chips]
    same, first, second = (np.array(column) for column in zip(*compared, strict=True))
    accepted = decades(first, second, types) >= 2
    report("photo and chip portrait, accepted at 0.01", f"{same.sum()} pairs", f"{accepted[same].mean():.3f}", ">= 0.6")
    report("the same, different people", f"{(~same).sum()} pairs", f"{accepted[~same].mean():.3f}", "<= 0.030")
    assert accepted[same].mean() >= 0.6
    assert accepted[~same].mean() <= 0.03
