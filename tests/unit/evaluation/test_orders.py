"""In which orders the frames of clips are tried."""

import numpy as np
import pytest

from evaluation.interactive.orders import KINDS


def tried(kind: str, count: int = 20) -> np.ndarray:
    """Fifty orders of a kind: (50, count)."""
    random = np.random.default_rng(0)
    return np.array([KINDS[kind](count, random) for _ in range(50)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [8, 60])
def test_every_frame_comes_once(kind, count):
    assert (np.sort(tried(kind, count)) == np.arange(count)).all()


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("in order", 0, 0),
        ("shuffled", 15, 20),
        ("half of the frames astray", 5, 10),
        ("a quarter astray", 0, 5),
        ("half in a row shuffled", 5, 10),
        ("a piece backwards", 4, 10),
    ],
)
def test_as_many_frames_are_elsewhere_as_the_name_says(kind, least, most):
    elsewhere = (tried(kind) != np.arange(20)).sum(axis=1)
    assert elsewhere.min() >= least and elsewhere.max() <= most


def test_a_piece_runs_backwards_and_the_rest_forwards():
    for order in tried("a piece backwards"):
        assert set(np.diff(order).tolist()) - {-1, 1}, "where the piece begins and ends"
        assert 5 <= (np.diff(order) == -1).sum() <= 9
