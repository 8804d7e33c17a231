"""Peers: what they say of photos, and which pairs are told rightly."""

import sys

import numpy as np
import pytest

from bench.figures import Skip
from bench.peers import process
from bench.peers.__main__ import right, score
from bench.peers.process import Kind, Looked, peer
from bench.photos import SMALL, photo
from evaluation.collection import Pair

WORKER = """
import json, sys
print("Peer 1.0", flush=True)
for line in sys.stdin:
    size = len(open(line.strip(), "rb").read())
    faces = [{"box": [0, 0, 90, 90], "embedding": [9, 9]}, {"box": [300, 220, 40, 40], "embedding": [size, 1]}]
    print(json.dumps({"milliseconds": 2.5, "faces": faces if size > 5 else []}), flush=True)
"""


@pytest.fixture
def kind(monkeypatch, tmp_path):
    def install(given):
        (tmp_path / "ready").touch()
        worker = Kind(tmp_path / "ready", (sys.executable, "-c", WORKER), given)
        monkeypatch.setattr(process, "KINDS", {"peer": worker})

    return install


def test_a_peer_tells_of_the_face_in_the_middle_of_what_it_is_given(kind):
    kind(lambda _content: b"twelve bytes")
    with peer("peer") as other:
        looked = other.look(photo(SMALL))
    assert (other.about, looked.milliseconds, looked.embedding.tolist()) == ("Peer 1.0", 2.5, [12, 1])


def test_a_photo_without_a_face_has_no_embedding(kind):
    kind(lambda _content: b"none")
    with peer("peer") as other:
        assert other.look(photo(SMALL)).embedding is None


def test_a_peer_that_is_not_installed_is_skipped(kind, tmp_path):
    kind(bytes)
    (tmp_path / "ready").unlink()
    with pytest.raises(Skip, match="make peers"), peer("peer"):
        pass


def test_pixels_are_given_with_their_size():
    given = process._as_pixels(photo(SMALL))
    head, _mark, pixels = given.partition(b"\n")
    assert head == b"640 480" and len(pixels) == 640 * 480 * 3


def pairs(*same):
    return [Pair(number % 2, bool(each), f"a{number}", f"b{number}") for number, each in enumerate(same)]


def test_the_threshold_of_a_fold_is_learnt_on_the_other():
    similarity = np.array([-1.0, -5.0, -4.0, -8.0])  # best thresholds: -2.5 in fold 0, -6.5 in fold 1
    assert right(similarity, pairs(1, 1, 0, 0)).tolist() == [True, False, False, True]


def test_a_pair_without_a_face_is_left_out():
    similarity = np.array([-1.0, -1.0, -9.0, -9.0, np.nan, np.nan])
    assert right(similarity, pairs(1, 1, 0, 0, 1, 0)).tolist() == [True] * 4


def test_scores_are_minus_distances_and_count_missing_faces(tmp_path):
    vectors = {"a0": [0, 0], "b0": [3, 4], "a1": [1, 1], "b1": None}
    for name in vectors:
        (tmp_path / name).write_text(name)

    def look(content):
        vector = vectors[content.decode()]
        return Looked(7.0, None if vector is None else np.array(vector))

    found = score(look, "Peer", pairs(1, 0), tmp_path)
    assert found.similarity[0] == -5 and np.isnan(found.similarity[1])
    assert (found.missing, found.milliseconds) == (1, 7.0)
