"""Products of several probes at once are the products of each."""

import numpy as np
import pytest

from training.product import TARGET, graph
from visage.gallery.index import product
from visage.gallery.index.quantizer import LARGEST, SIZE, ZERO, trained
from visage.gallery.index.scan import Probe, Scanner

from .test_scan import like_faces


def random_codes(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-LARGEST, LARGEST + 1, (count, SIZE)).astype(np.int8)


def raised(codes: np.ndarray) -> np.ndarray:
    return (codes.astype(np.int16) + ZERO).astype(np.uint8)


@pytest.mark.parametrize("probes", [1, 3, 8, 20])
@pytest.mark.parametrize("faces", [0, 1, 5, product._STRIDE + 3])
def test_the_products_are_those_of_whole_numbers(faces, probes):
    codes, numbers = random_codes(faces, seed=1), random_codes(probes, seed=2)
    offsets, units = np.arange(faces, dtype=np.float32) / 64, 2.0 ** -np.arange(probes, dtype=np.float32)
    found = np.empty((probes, faces), np.float32)
    product.scores(raised(codes), offsets, numbers, units, found)
    sums = numbers.astype(np.int64) @ codes.T.astype(np.int64)
    assert np.array_equal(found, (units[:, None] * sums).astype(np.float32) + offsets)


def test_bytes_at_their_ends_are_summed_up_as_they_are_or_not_at_all():
    """A processor that cuts sums off is not asked for them."""
    ends = np.full((3, SIZE), LARGEST, np.int8)
    found = np.empty((3, 3), np.float32)
    product.scores(raised(ends), np.zeros(3, np.float32), ends, np.ones(3, np.float32), found)
    assert product.exact() == bool((found == SIZE * LARGEST**2).all())


@pytest.mark.parametrize("exact", [True, False])
def test_probes_find_together_what_each_finds_alone(monkeypatch, exact):
    if not exact:
        monkeypatch.setattr(product, "exact", lambda: False)
        monkeypatch.setattr(product, "scores", None)
    scanner = Scanner(trained().encode(like_faces(5000, seed=0)))
    probes = [Probe.prepare(face, trained()) for face in like_faces(product.FROM, seed=1)]
    for probe, together in zip(probes, scanner.scan(probes), strict=True):
        (alone,) = scanner.scan([probe])
        best = together.best_faces(5)
        assert set(best) == set(alone.best_faces(5))
        bar = float(alone.refine(best)[0].min())
        assert set(together.reaching(bar)) == set(alone.reaching(bar))


def test_the_graph_is_what_its_script_writes():
    assert TARGET.read_bytes() == graph()
