"""How two networks' outputs become one vector."""

import io
from dataclasses import fields

import numpy as np
import pytest

from visage.faces.embed import SIZE, Projection, fuse, unit, version


@pytest.fixture
def projection() -> Projection:
    generator = np.random.default_rng(0)
    return Projection(
        dlib=generator.normal(size=(128, 128)).astype(np.float32),
        other=generator.normal(size=(1024, 128)).astype(np.float32),
        offset=generator.normal(size=128).astype(np.float32),
        weights=np.array([0.6, 0.4], np.float32),
        rooted=np.bool_(True),
    )


@pytest.fixture
def outputs() -> tuple[np.ndarray, np.ndarray]:
    """What the networks might say about five faces."""
    generator = np.random.default_rng(1)
    return generator.normal(size=(5, 128)).astype(np.float32), generator.exponential(size=(5, 1024)).astype(np.float32)


def test_a_dot_product_of_embeddings_is_the_weighted_sum_of_the_parts_cosines(projection, outputs):
    dlib, faceres = outputs
    vectors = fuse(dlib, faceres, projection)
    first = unit(dlib @ projection.dlib)
    second = unit(unit(np.sqrt(faceres)) @ projection.other + projection.offset)
    cosines = first @ first.T, second @ second.T
    assert vectors @ vectors.T == pytest.approx(0.6 * cosines[0] + 0.4 * cosines[1], abs=1e-5)


def test_an_embedding_has_256_numbers_and_length_one(projection, outputs):
    vectors = fuse(*outputs, projection)
    assert vectors.shape == (5, SIZE) == (5, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-6)


def test_the_length_of_the_outputs_does_not_matter(projection, outputs):
    dlib, faceres = outputs
    assert fuse(3 * dlib, 5 * faceres, projection) == pytest.approx(fuse(dlib, faceres, projection), abs=1e-5)


def test_a_face_to_which_a_network_answers_nothing_has_an_embedding(projection, outputs):
    dlib, faceres = outputs
    vectors = fuse(dlib, np.zeros_like(faceres), projection)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-6)


def test_one_face_fuses_like_one_of_many(projection, outputs):
    dlib, faceres = outputs
    assert fuse(dlib[2], faceres[2], projection) == pytest.approx(fuse(dlib, faceres, projection)[2], abs=1e-6)


def test_a_stored_projection_reads_back(projection):
    file = io.BytesIO()
    names = [field.name for field in fields(Projection)]
    np.savez(file, **{name: getattr(projection, name) for name in names})
    read = Projection.read(file.getvalue())
    for name in names:
        assert np.array_equal(getattr(read, name), getattr(projection, name))


def test_the_version_is_16_hexadecimal_digits(models):
    assert len(version()) == 16
    int(version(), 16)
