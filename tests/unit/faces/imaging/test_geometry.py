"""Transforms, overlaps and resampling."""

import numpy as np
import pytest

from visage.faces.imaging.geometry import apply, invert, overlap, suppress, turn_back, umeyama
from visage.faces.imaging.resample import shrink, warp


def similarity(angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


def gradient(width: int, height: int) -> np.ndarray:
    """Red grows to the right, green downwards; both are linear in the pixel's centre."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([x / width * 250, y / height * 250, np.zeros_like(x)], axis=-1).round().astype(np.uint8)


@pytest.mark.parametrize("angle", [0, 0.3, -1.2, 3.1])
def test_umeyama_recovers_a_known_similarity(angle):
    matrix = similarity(angle, 0.7, (12, -30))
    points = np.random.default_rng(0).uniform(0, 100, (5, 2))
    assert umeyama(points, apply(matrix, points)) == pytest.approx(matrix)


def test_umeyama_never_mirrors():
    points = np.array([[0, 0], [1, 0], [0, 1], [1, 2]], float)
    assert np.linalg.det(umeyama(points, points * [-1, 1])[:, :2]) > 0


def test_umeyama_finds_the_least_squares_solution():
    generator = np.random.default_rng(1)
    source, target = generator.normal(size=(2, 5, 2))
    best = umeyama(source, target)
    residual = np.sum((apply(best, source) - target) ** 2)
    angle, scale = np.arctan2(best[1, 0], best[0, 0]), np.hypot(*best[:, 0])
    for turned, grown in ((0.01, 1), (-0.01, 1), (0, 1.01), (0, 0.99)):
        other = similarity(angle + turned, scale * grown, best[:, 2])
        assert np.sum((apply(other, source) - target) ** 2) > residual


def test_an_inverse_undoes_its_transform():
    matrix = similarity(0.4, 2.5, (3, 4))
    points = np.array([[1.0, 2.0], [-5.0, 7.5]])
    assert apply(invert(matrix), apply(matrix, points)) == pytest.approx(points)


@pytest.mark.parametrize("turns", range(4))
def test_a_pixel_of_a_turned_image_maps_back_to_where_it_was(turns):
    image = np.zeros((30, 50, 3), np.uint8)
    image[7, 41] = 255
    row, column = np.argwhere(np.rot90(image, turns)[..., 0])[0]
    assert turn_back(np.array([column + 0.5, row + 0.5]), turns, 50, 30).tolist() == [41.5, 7.5]


def test_overlap_is_intersection_over_union():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 10, 20, 20]], float)
    assert overlap(boxes[0], boxes) == pytest.approx([1, 1 / 3, 0])


def test_suppression_keeps_the_best_of_each_cluster():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60], [0, 1, 10, 11]], float)
    assert suppress(boxes, np.array([0.6, 0.9, 0.3, 0.8]), 0.3).tolist() == [1, 2]


def test_a_box_is_suppressed_by_kept_boxes_only():
    chain = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10]], float)
    assert suppress(chain, np.array([0.9, 0.8, 0.7]), 0.3).tolist() == [0, 2]


def test_nothing_is_left_of_no_boxes():
    assert suppress(np.empty((0, 4)), np.empty(0), 0.3).size == 0


@pytest.mark.parametrize("scale", [0.02, 0.1, 0.45, 0.9, 3])
@pytest.mark.parametrize("angle", [0, 0.6, np.pi / 2, np.pi])
def test_a_warped_pixel_shows_what_lies_under_its_centre(scale, angle):
    image, size = gradient(1200, 900), 20
    matrix = similarity(angle, scale, (0, 0))
    matrix[:, 2] = size / 2 - matrix[:, :2] @ (600, 450)
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    under = apply(invert(matrix), np.stack([x, y], axis=-1))
    margin = 2 / scale
    inside = ((under > margin) & (under < np.array([1200, 900]) - margin)).all(axis=-1)
    expected = under / [1200, 900] * 250
    assert inside.sum() > 20
    assert np.abs(warp(image, matrix, size)[..., :2] - expected)[inside].max() < 2


def test_a_warp_averages_what_it_shrinks():
    noise = np.random.default_rng(0).integers(0, 256, (800, 800, 3), np.uint8)
    chip = warp(noise, similarity(0, 0.05, (0, 0)), 40)
    # nearest neighbours would keep the noise's deviation of 74
    assert chip.std() < 20


def test_beyond_the_edges_a_warp_is_black():
    white = np.full((50, 50, 3), 255, np.uint8)
    chip = warp(white, similarity(0, 1, (25, 0)), 100)
    assert chip[:50, 27:73].min() == 255
    assert chip[:, :23].max() == chip[:, 77:].max() == chip[52:].max() == 0
    assert warp(white, similarity(0, 1, (500, 500)), 100).max() == 0


@pytest.mark.slow
def test_shrinking_keeps_a_gradient_in_place():
    shrunk = shrink(gradient(4000, 3000), 256, 192)
    assert np.abs(shrunk.astype(int) - gradient(256, 192)).max() <= 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
def test_shrinking_takes_any_shape(shape):
    assert shrink(np.zeros((*shape, 3), np.uint8), 64, 32).shape == (32, 64, 3)
