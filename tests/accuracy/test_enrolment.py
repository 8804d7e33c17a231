"""Enrolment and search on development photos. Bounds catch regressions; training/NOTES.md has figures and samples."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from evaluation.collection import person
from evaluation.embeddings import central_face
from training.calibration.measure import found_share
from training.data import lfw_files, load
from visage.errors import Reason, VisageError
from visage.faces.enrolment import usable_face
from visage.faces.recognition.embed import embed
from visage.faces.recognition.identification import search_thresholds
from visage.faces.recognition.impostors import decades
from visage.faces.recognition.score import decades as score_decades
from visage.gallery.enrol import SAME_IMAGE

pytestmark = pytest.mark.usefixtures("models")


def copies(image):
    """Variants of the image as it is passed on: recompressed, reduced, cropped."""
    picture = Image.fromarray(image)
    width, height = picture.size
    smaller = picture.resize((width * 3 // 4, height * 3 // 4), Image.Resampling.LANCZOS)
    cut = picture.crop((width // 12, height // 12, width - width // 12, height - height // 12))
    for version, quality in ((picture, 50), (smaller, 75), (cut, 75)):
        out = io.BytesIO()
        version.save(out, "JPEG", quality=quality)
        yield np.asarray(Image.open(out).convert("RGB"))


@pytest.mark.parametrize(("name", "pattern"), [("lfw_dev", "*/*.jpg"), ("ffhq", "images/*.jpg")])
def test_photos_of_one_clear_face_are_usable(data, report, name, pattern):
    files = random.Random(2).sample(sorted((data / name).glob(pattern)), 150)
    outcomes = []
    for file in files:
        try:
            usable_face(load(file))
            outcomes.append(None)
        except VisageError as error:
            outcomes.append(error.reason)
    alone = [outcome for outcome in outcomes if outcome is not Reason.SEVERAL_FACES]
    share = np.mean([outcome is None for outcome in alone])
    report(f"usable for enrolment, {name}", f"{len(alone)} photos of one face", f"{share:.3f}", ">= 0.960")
    assert share >= 0.96
    assert len(alone) >= 0.85 * len(files)


def test_copies_of_a_photo_are_recognised_and_other_photos_are_not(data, report):
    known = [folder for folder in sorted((data / "lfw_dev").iterdir()) if len(list(folder.glob("*.jpg"))) > 1]
    same, other = [], []
    for folder in random.Random(3).sample(known, 40):
        images = [load(file) for file in sorted(folder.glob("*.jpg"))[:2]]
        first, second = (embed(image, central_face(image)) for image in images)
        same += [float(first @ embed(copy, central_face(copy))) for copy in copies(images[0])]
        other.append(float(first @ second))
    missed, merged = np.mean(np.array(same) < SAME_IMAGE), np.mean(np.array(other) >= SAME_IMAGE)
    report("copies not known again", f"{len(same)} copies", f"{missed:.3f}", "<= 0.020")
    report("other photos taken for copies", f"{len(other)} pairs", f"{merged:.3f}", "<= 0.050")
    assert missed <= 0.02
    assert merged <= 0.05


def test_strangers_match_a_group_no_more_often_than_stated(data, report):
    portraits = list({person(file): file for file in reversed(lfw_files(data))}.values())
    vectors = []
    for file in random.Random(4).sample(portraits, 300):
        image = load(data / "lfw_dev" / file)
        vectors.append(embed(image, central_face(image)))
    matrix = np.stack(vectors)
    rarities = np.stack([decades(np.broadcast_to(probe, matrix.shape), matrix) for probe in matrix])
    np.fill_diagonal(rarities, -np.inf)
    for faces in (10, 100):
        share = found_share(rarities, score_decades(search_thresholds(faces)["0.01"]), faces)
        report(f"strangers found in groups of {faces} at 0.01", "300 people", f"{share:.4f}", "<= 0.0300")
        assert share <= 0.03
