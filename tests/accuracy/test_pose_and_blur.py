"""Pose and blur on development photos: the figures of training/NOTES.md, with bounds that catch regressions."""

import csv
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.unit.faces.appearance.test_blur import enlarged, gaussian, moved, scaled
from training.data import aflw_pose, load
from visage.faces.appearance.blur import LIMIT, blur
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.mesh import mesh
from visage.faces.landmarks.pose import pose
from visage.faces.types import Box, Face

pytestmark = pytest.mark.usefixtures("models")


def interval(figure: Callable[..., float], *samples: np.ndarray) -> str:
    """The 95 % interval of a figure, by 2,000 bootstrap samples of the rows."""
    generator = np.random.default_rng(0)
    rows = generator.integers(0, len(samples[0]), (2000, len(samples[0])))
    low, high = np.percentile([figure(*(sample[index] for sample in samples)) for index in rows], [2.5, 97.5])
    return f"[{low:.3g}, {high:.3g}]"


def angles(files: list[Path]) -> np.ndarray:
    """(n, 3): yaw, pitch and roll as measured; NaN where no face is found."""
    rows = []
    for file in files:
        image = load(file)
        face = detect_largest(image)
        found = face and pose(mesh(image, face))
        rows.append((found.yaw, found.pitch, found.roll) if found else (np.nan,) * 3)
    return np.array(rows)


def test_pose_agrees_with_aflw2000(data, report):
    files = sorted((data / "pose_aflw2000").glob("*.jpg"))
    labels = np.array([aflw_pose(file.with_suffix(".mat")) for file in files])
    measured = angles(files)
    near = (np.abs(labels) <= 60).all(axis=1) & np.isfinite(measured).all(axis=1)
    errors = np.abs(measured - labels)[near]
    for name, error, bound in zip(("yaw", "pitch", "roll"), errors.T, (5.5, 5.5, 5.5), strict=True):
        sample = f"{len(error)} within 60 degrees {interval(np.mean, error)}"
        report(f"mean error of {name}, AFLW2000", sample, f"{error.mean():.2f}", f"<= {bound}")
        assert error.mean() <= bound
    assert near.sum() >= 14


def test_yaw_correlates_with_ffhq(data, report):
    with (data / "ffhq" / "attributes.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["yaw"] and (data / "ffhq" / "images" / row["file"]).exists()]
    measured = angles([data / "ffhq" / "images" / row["file"] for row in rows])
    found = np.isfinite(measured[:, 0])
    for column, (name, bound) in enumerate((("yaw", 0.95), ("pitch", 0.85))):
        labels = np.array([float(row[name]) for row in rows])[found]
        pair = (measured[found, column], labels)
        figure = correlation(*pair)
        sample = f"{found.sum()} {interval(correlation, *pair)}"
        report(f"correlation of {name}, FFHQ", sample, f"{figure:.3f}", f">= {bound}")
        assert figure >= bound


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def part(file: Path) -> tuple[np.ndarray, Face] | None:
    """A face at most 120 px wide, and what surrounds it."""
    image = load(file)
    face = detect_largest(image)
    if face is None:
        return None
    box, margin = face.box, face.box.side / 2
    left, top = (max(round(start - margin), 0) for start in (box.left, box.top))
    cut = image[top : round(box.top + box.height + margin), left : round(box.left + box.width + margin)]
    here = Face(Box(box.left - left, box.top - top, box.width, box.height), face.score, face.points)
    return (cut, here) if box.width <= 120 else scaled(cut, here, 120)


@pytest.mark.parametrize(
    ("name", "pattern", "sharp"),
    [("ffhq", "images/*", 0.97), ("lfw_dev", "*/*.jpg", 0.9), ("celeba", "images/*", 0.9), ("utkface", "*.jpg", 0.85)],
)
def test_blur_exceeds_its_limit_on_blurred_faces_and_rises_with_blur(data, report, name, pattern, sharp):
    files = random.Random(0).sample(sorted((data / name).glob(pattern)), 40)
    parts = [found for found in map(part, files) if found]
    as_is = np.array([blur(*found) for found in parts])
    softened = np.array([blur(gaussian(image, 0.03 * face.box.width), face) for image, face in parts])
    small = [scaled(image, face, 32) for image, face in parts]
    small_as_is = np.array([blur(*found) for found in small])
    small_softened = np.array([blur(gaussian(image, 0.03 * 32), face) for image, face in small])
    steps = np.array([step for found, score in zip(parts, as_is, strict=True) for step in rising(*found, float(score))])
    for what, values, bound in (
        ("as they are: not blurred", as_is < LIMIT, sharp),
        ("as they are, 32 px: not blurred", small_as_is < LIMIT, sharp - 0.05),
        ("blurred by 3 %: blurred", softened > LIMIT, 0.95),
        ("blurred by 3 %, 32 px: blurred", small_softened > LIMIT, 0.9),
        ("steps of more blur that score more", steps, 0.97),
    ):
        sample = f"{len(values)} {interval(np.mean, values.astype(float))}"
        report(f"{what}, {name}", sample, f"{values.mean():.3f}", f">= {bound:.2f}")
        assert values.mean() >= bound


def rising(image: np.ndarray, face: Face, score: float) -> list[bool]:
    """For steps of more Gaussian, motion and enlargement, whether each scores as much as the last, within 0.05."""
    width = face.box.width
    rows = [
        [blur(gaussian(image, width * share), face) for share in (0.01, 0.02, 0.04, 0.08)],
        *([blur(moved(image, width * share, angle), face) for share in (0.04, 0.08, 0.15)] for angle in (0, 30, 90)),
        [blur(enlarged(image, pixels / width), face) for pixels in (48, 24, 12)],
    ]
    return [later >= earlier - 0.05 for row in rows for earlier, later in zip([score, *row], row, strict=False)]
