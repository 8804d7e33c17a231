"""The build of the model layer."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from . import store
from .errors import BuildError
from .fetch import fetch, read
from .manifest import Model, read_manifest

LAYER = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Builds the model layer.")
    parser.add_argument("--output", type=Path, default=Path(".build/models"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        build(LAYER, options.output)
    except (BuildError, OSError) as error:
        print(f"models: {error}", file=sys.stderr)
        return 1
    return 0


def build(layer: Path, output: Path) -> None:
    """Puts every file of the manifest, its licence and the manifest itself into `output`.

    Files that are already right stay untouched. BuildError in one sentence when something cannot be had or is not
    what the manifest says; `output` then holds no half-written file.
    """
    manifest = layer / "manifest.toml"
    for model in read_manifest(manifest):
        licence = layer / "licences" / f"{model.name}.txt"
        if not licence.is_file():
            raise BuildError(f"The licence notice licences/{model.name}.txt is missing.")
        target = output / model.file
        if not _has(target, model.sha256):
            store.write(target, content(layer, model))
        _copy(licence, output / "licences" / licence.name)
    _copy(manifest, output / manifest.name)


def content(layer: Path, model: Model) -> bytes:
    """The bytes of one model's file, which have the SHA-256 that the manifest names."""
    if model.source is None:
        try:
            data = (layer / "trained" / model.file).read_bytes()
        except FileNotFoundError:
            raise BuildError(f"The trained file trained/{model.file} is missing.") from None
        return _checked(model, data)
    if found := store.find(model.sha256):
        return found.read_bytes()
    data = _checked(model, convert(layer, model))
    store.add(data)
    return data


def convert(layer: Path, model: Model) -> bytes:
    """Fetches and converts one model and proves the conversion."""
    parts = read(model.source, *model.members) if model.members else [fetch(model.source).read_bytes()]
    if model.converter is None:
        (data,) = parts
        return data
    # Only a conversion needs onnx and onnxruntime; a build from the store does without their half second.
    proof = importlib.import_module(".proof", __package__)
    try:
        converter = importlib.import_module(f".convert.{model.converter}", __package__)
        data = converter.convert(*parts, **model.options)
    except (ModuleNotFoundError, TypeError, ValueError) as error:
        raise BuildError(f"{model.name} cannot be converted: {error}.") from error
    proof.prove(model.name, data, proof.read_expectation(layer / "proofs" / f"{model.name}.json"))
    return data


def _checked(model: Model, data: bytes) -> bytes:
    if (actual := store.digest(data)) != model.sha256:
        raise BuildError(f"{model.file} has the SHA-256 {actual}, but the manifest says {model.sha256}.")
    return data


def _has(path: Path, sha256: str) -> bool:
    return path.is_file() and store.digest(path.read_bytes()) == sha256


def _copy(source: Path, target: Path) -> None:
    data = source.read_bytes()
    if not target.is_file() or target.read_bytes() != data:
        store.write(target, data)
