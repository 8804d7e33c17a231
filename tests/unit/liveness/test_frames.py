"""What is seen in one frame."""

import numpy as np
import pytest

from demo.acting import Actor, Face
from tests.support.faces import load
from visage.faces.landmarks.eyes import openness
from visage.faces.landmarks.mesh import mesh, settle
from visage.liveness.frames import see


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_dim_light_moves_neither_lids_nor_lips_much(models, portraits, name):
    actor, random = Actor(load(portraits / name)), np.random.default_rng(0)
    seen, unlit = [], []
    for face in (Face(), Face(lids=1), Face(jaw=1), Face(yaw=18)):
        bright = actor.posed(face)
        dark = (0.15 * bright + random.normal(0, 1.5, bright.shape)).clip(0, 255).astype(np.uint8)
        wanted, found = see(bright), see(dark)
        laid = settle(dark, mesh(dark, found.face))
        seen.append(np.abs(np.subtract(found.eyes, wanted.eyes)).max())
        unlit.append(np.abs(np.subtract(openness(dark, laid), wanted.eyes)).max())
        assert abs(found.mouth - wanted.mouth) < 0.05
    assert max(seen) < 0.05 < 0.08 < max(unlit), "without more light the lids are misjudged"
