"""The manifest's sets of models: one is built, its networks are used, and what another one made is refused."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from modelkit.build import LAYER, build
from modelkit.errors import BuildError
from modelkit.fetch import fetch
from modelkit.manifest import read_manifest
from tests.conftest import ROOT, forget
from tests.support.faces import load
from visage.errors import Reason, VisageError
from visage.faces import compare, embed, impostors, sessions
from visage.faces.detect import detect_largest
from visage.faces.mesh import POINTS, mesh
from visage.gallery.enrol import enrol
from visage.gallery.index import quantizer
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import StoredFace

MIRROR = ROOT.parent / "shared" / "models"


@pytest.fixture(scope="session")
def strong_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The strong set, built from a mirror; what both sets share comes from the store, which the setup has filled."""
    if not MIRROR.is_dir():
        pytest.skip(f"the strong set's files are not in {MIRROR}")
    output = tmp_path_factory.mktemp("strong")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISAGE_MODEL_MIRROR", str(MIRROR))
        build(LAYER, output, "strong")
    return output


def forget_models() -> None:
    forget()
    for cached in (
        *(embed.version, embed._projection, quantizer.trained),
        *(compare.calibration, impostors._kinds, impostors._usual),
    ):
        cached.cache_clear()


@pytest.fixture
def strong(deployment: None, strong_layer: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deployment that uses it."""
    monkeypatch.setenv("VISAGE_MODEL_SET", "strong")
    monkeypatch.setenv("VISAGE_MODELS", str(strong_layer))
    forget_models()
    yield
    monkeypatch.undo()
    forget_models()


def use_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAGE_MODEL_SET", "registry")
    monkeypatch.setenv("VISAGE_MODELS", str(ROOT / ".build" / "models"))
    forget_models()


def names(chosen: str) -> set[str]:
    return {model.name for model in read_manifest(LAYER / "manifest.toml", chosen)}


def test_each_set_is_built_without_what_only_another_one_needs():
    registry, strong = names("registry"), names("strong")
    assert {"faceres", "facemesh", "projection"} <= registry - strong
    assert {"mobilefacenet", "facemesh_478", "projection_strong"} <= strong - registry
    assert {"centerface", "yunet", "dlib_resnet", "attributes"} <= registry & strong


def test_nothing_of_the_default_set_comes_from_an_address():
    sources = [model.source for model in read_manifest(LAYER / "manifest.toml", "registry") if model.source]
    assert {source.registry for source in sources} <= {"pypi", "npm"}


def test_an_unknown_set_is_named_with_those_that_there_are(tmp_path):
    with pytest.raises(BuildError, match="no set of models 'best'; manifest.toml names registry, strong"):
        build(LAYER, tmp_path, "best")


def test_a_set_that_names_a_model_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "manifest.toml").write_text('[sets.registry]\nmesh = "net"\n[models.other]\nfile = "other"\n')
    with pytest.raises(BuildError, match="does not have: net"):
        read_manifest(tmp_path / "manifest.toml", "registry")


def test_a_file_without_an_address_asks_for_a_mirror(tmp_path, monkeypatch):
    monkeypatch.delenv("VISAGE_MODEL_MIRROR", raising=False)
    monkeypatch.setenv("VISAGE_CACHE", str(tmp_path))
    (model,) = (model for model in read_manifest(LAYER / "manifest.toml", "strong") if model.name == "mobilefacenet")
    with pytest.raises(BuildError, match="has no public address: VISAGE_MODEL_MIRROR must name"):
        fetch(model.source)


def test_a_role_is_played_by_the_entry_of_the_set(strong):
    assert sessions.player("mesh") == "facemesh_478"
    assert sessions.sha256("projection") == sessions.sha256("projection_strong")


@pytest.mark.usefixtures("strong")
def test_the_strong_detector_finds_a_face_in_a_turned_photo(portraits):
    picture = load(portraits / "obama.jpg")
    upright, turned = detect_largest(picture), detect_largest(np.ascontiguousarray(np.rot90(picture)))
    x, y = turned.points.T
    back = np.column_stack([picture.shape[1] - y, x])
    assert np.abs(back - upright.points).max() < 0.1 * upright.box.side


@pytest.mark.usefixtures("strong")
def test_the_strong_mesh_has_the_same_points_where_the_detector_has_them(portraits):
    picture = load(portraits / "obama.jpg")
    face = detect_largest(picture)
    laid = mesh(picture, face)
    assert laid.points.shape == (POINTS, 3)
    assert laid.presence > 0.9
    for corners, point in (((33, 133), 0), ((362, 263), 1)):
        assert np.abs(laid.points[list(corners), :2].mean(axis=0) - face.points[point]).max() < 0.06 * face.box.side


@pytest.mark.usefixtures("strong")
def test_strong_embeddings_tell_people_apart_and_fit_the_gallery(portraits):
    pictures = [load(portraits / name) for name in ("obama.jpg", "obama2.jpg", "biden.jpg")]
    vectors = np.stack([embed.embed(picture, detect_largest(picture)) for picture in pictures])
    assert vectors.shape == (3, embed.SIZE) == (3, quantizer.SIZE)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert quantizer.trained().encode(vectors).lost.max() < 0.03


def test_a_gallery_of_one_set_refuses_the_other(strong, monkeypatch):
    library = Library("acme")
    library.add_person("ann", ["staff"])
    vector = np.eye(embed.SIZE, dtype=np.float32)[0]
    library.add_face(library.person("ann"), StoredFace("1", vector, embed.version(), "", kept=False))
    enrol(library, "ann", [], None, float("inf"))
    use_registry(monkeypatch)
    with pytest.raises(VisageError) as raised:
        enrol(library, "ann", [], None, float("inf"))
    assert raised.value.reason is Reason.MODEL_CHANGED


@pytest.mark.usefixtures("strong")
def test_the_strong_set_has_thresholds_of_its_own(portraits):
    same = compare.compare(load(portraits / "obama.jpg"), load(portraits / "obama2.jpg"))
    other = compare.compare(load(portraits / "obama.jpg"), load(portraits / "biden.jpg"))
    assert same.score > same.thresholds["0.0001"]
    assert other.score < other.thresholds["0.01"]
