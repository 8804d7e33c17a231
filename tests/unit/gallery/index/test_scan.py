"""Bounds of the codes hold for any face and probe."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.library import embeddings
from visage.gallery.index.quantizer import LARGEST, SIZE, ZERO, Codes, Quantizer, trained
from visage.gallery.index.scan import HEIGHT, Probe, Scanner
from visage.gallery.index.search import similarities


def like_faces(count: int, seed: int) -> np.ndarray:
    """float32 (count, 128): embeddings distributed as the quantizer expects."""
    quantizer = trained()
    numbers = np.random.default_rng(seed).standard_normal((count, SIZE))
    vectors = quantizer.centre + numbers * quantizer.steps * LARGEST / 4.8
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def scanned(faces: np.ndarray, probe: np.ndarray):
    codes = trained().encode(faces)
    (scan,) = Scanner(codes).scan([Probe.prepare(probe, trained())])
    return scan


GALLERIES = {
    "like faces": lambda seed: like_faces(300, seed),
    "in all directions": lambda seed: embeddings(300, seed),
    "far from the centre": lambda seed: -like_faces(300, seed),
    "the centre itself": lambda _seed: np.tile(trained().centre, (200, 1)),
    "nothing": lambda _seed: np.zeros((200, SIZE), np.float32),
}
PROBES = {
    "a face": lambda seed: like_faces(1, seed)[0],
    "any direction": lambda seed: embeddings(1, seed)[0],
    "the centre": lambda _seed: trained().centre,
    "nothing": lambda _seed: np.zeros(SIZE, np.float32),
    "one number": lambda _seed: np.eye(SIZE, dtype=np.float32)[7],
}


@pytest.mark.parametrize("gallery", GALLERIES)
@pytest.mark.parametrize("probe", PROBES)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_similarity_lies_outside_its_bounds(gallery, probe, seed):
    faces, wanted = GALLERIES[gallery](seed), PROBES[probe](seed ^ 1)
    lower, upper = scanned(faces, wanted).refine(np.arange(len(faces)))
    exact = similarities(faces, wanted)
    assert np.all(lower <= exact) and np.all(exact <= upper)


@pytest.mark.parametrize("gallery", GALLERIES)
@pytest.mark.parametrize("probe", PROBES)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 1))
def test_a_scan_finds_everybody_who_reaches_a_similarity(gallery, probe, seed, share):
    faces, wanted = GALLERIES[gallery](seed), PROBES[probe](seed ^ 1)
    exact = similarities(faces, wanted)
    bar = float(np.quantile(exact, share))
    assert set(np.flatnonzero(exact >= bar)) <= set(scanned(faces, wanted).reaching(bar))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_probes_own_coding_loss_is_accounted_for(sign):
    """The worst case: faces without a coding error of their own, in the direction of the probe's."""
    quantizer = trained()
    probe = like_faces(1, seed=3)[0]
    prepared = Probe.prepare(probe, quantizer)
    left = prepared.weights - prepared.unit * prepared.numbers
    face = (quantizer.centre + quantizer.steps * LARGEST * sign * np.sign(left)).astype(np.float32)
    faces = np.tile(face, (HEIGHT, 1))
    exact = similarities(faces, probe)
    assert len(scanned(faces, probe).reaching(float(exact[0]))) == HEIGHT


def test_the_bounds_of_faces_are_narrow():
    faces = like_faces(1000, seed=0)
    lower, upper = scanned(faces, like_faces(1, seed=1)[0]).refine(np.arange(1000))
    assert (upper - lower).max() < 0.025


def test_few_faces_are_compared_exactly():
    faces, probe = like_faces(50_000, seed=0), like_faces(1, seed=1)[0]
    fifth = float(np.sort(similarities(faces, probe))[-5])
    assert len(scanned(faces, probe).reaching(fifth)) < 200


def test_excluded_faces_are_neither_candidates_nor_matches():
    faces = like_faces(5 * HEIGHT, seed=0)
    scan = scanned(faces, faces[7])
    assert 7 in scan.best_faces(3) and 7 in scan.reaching(0.9)
    scan = scanned(faces, faces[7])
    scan.exclude(np.array([7]))
    assert 7 not in scan.best_faces(10**6) and 7 not in scan.reaching(-np.inf)
    assert len(scan.reaching(-np.inf)) == len(faces) - 1


def test_nothing_fills_up_the_last_column():
    faces = like_faces(HEIGHT + 1, seed=0)
    assert set(scanned(faces, faces[0]).reaching(-np.inf)) == set(range(HEIGHT + 1))
    assert set(scanned(faces, faces[0]).best_faces(10**6)) <= set(range(HEIGHT + 1))


def test_the_most_similar_face_is_the_most_promising():
    faces = like_faces(20 * HEIGHT, seed=0)
    assert list(scanned(faces, faces[777]).best_faces(1)) == [777]


@pytest.mark.slow
def test_all_probes_share_a_pass_and_get_their_own_answers():
    faces, probes = like_faces(2**18 + 5, seed=0), like_faces(3, seed=1)
    together = Scanner(trained().encode(faces)).scan([Probe.prepare(probe, trained()) for probe in probes])
    for scan, probe in zip(together, probes, strict=True):
        best = int(similarities(faces, probe).argmax())
        assert best in scan.reaching(float(similarities(faces[best : best + 1], probe)[0]))


def test_a_gallery_may_be_empty():
    scan = scanned(np.empty((0, SIZE), np.float32), like_faces(1, seed=0)[0])
    assert len(scan.best_faces(20)) == len(scan.reaching(-np.inf)) == len(scan.reaching(0.5)) == 0


def test_codes_of_different_quantizers_are_distinguished():
    other = Quantizer(trained().centre, trained().steps * 2)
    assert other.id != trained().id == Quantizer(trained().centre.copy(), trained().steps.copy()).id


def test_the_stated_loss_is_never_too_small():
    faces = np.concatenate([like_faces(500, seed=0), embeddings(500)])
    codes: Codes = trained().encode(faces)
    numbers = codes.numbers - float(ZERO)
    decoded = trained().centre + numbers * trained().steps.astype(np.float64)
    assert np.all(np.linalg.norm(faces - decoded, axis=1) <= codes.lost)
    assert np.all(np.linalg.norm(numbers, axis=1) <= codes.lengths)
