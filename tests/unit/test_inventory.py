"""The bill of materials and the licences of what is shipped."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.conftest import ROOT

_SPEC = spec_from_file_location("inventory", ROOT / "layers" / "inventory.py")
inventory = module_from_spec(_SPEC)
sys.modules["inventory"] = inventory
_SPEC.loader.exec_module(inventory)


@pytest.fixture
def build(tmp_path):
    """A layer with one package."""
    about = tmp_path / "RuntimeLayer" / "python" / "Some_Lib-1.2.dist-info"
    (about / "licenses").mkdir(parents=True)
    (about / "METADATA").write_text("Name: Some_Lib\nVersion: 1.2\nLicense: Apache 2.0\n\nIt is good.\n")
    (about / "licenses" / "LICENSE").write_text("Do what you like.\n")
    (about.parent / "some_lib.py").write_text("x = 1\n")
    return tmp_path


def run(monkeypatch, build):
    monkeypatch.setattr(sys, "argv", ["inventory", str(build), str(build / "out")])
    inventory.main()
    return json.loads((build / "out" / "sbom.cdx.json").read_text()), (build / "out" / "THIRD-PARTY.txt").read_text()


def test_every_package_and_model_is_named_with_licence_and_hash(monkeypatch, build):
    bill, notices = run(monkeypatch, build)
    library, *models = bill["components"]
    assert (library["name"], library["version"], library["purl"]) == ("Some_Lib", "1.2", "pkg:pypi/some-lib@1.2")
    assert library["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert {each["type"] for each in models} == {"machine-learning-model"} and len(models) > 5
    assert all(len(each["hashes"][0]["content"]) == 64 for each in bill["components"])
    assert "Do what you like." in notices and "Some_Lib 1.2: Apache-2.0" in notices


def test_a_changed_byte_changes_the_hash(monkeypatch, build):
    before = run(monkeypatch, build)[0]["components"][0]["hashes"]
    (build / "RuntimeLayer" / "python" / "some_lib.py").write_text("x = 2\n")
    assert run(monkeypatch, build)[0]["components"][0]["hashes"] != before


def test_a_missing_licence_text_is_reported(monkeypatch, build):
    next(build.rglob("LICENSE")).unlink()
    with pytest.raises(SystemExit, match="no licence text for Some_Lib"):
        run(monkeypatch, build)
