"""The output of `sam build`, as it would be uploaded."""

import json
import re
import shutil
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from local.template import intrinsics
from tests.template.document import ROOT, functions, of_type
from tests.template.tools import python313, run, tool
from visage import aws

LIMIT_BYTES = (120 if shutil.which("strip") else 124) * 2**20
"""With bytecode, which only some machines can make. Lambda itself takes 250 MiB."""
PACKAGES = {
    *("PIL", "aws_lambda_powertools", "botocore", "dateutil", "jmespath", "numpy", "onnxruntime", "pillow"),
    *("s3transfer", "simsimd", "six", "typing_extensions", "urllib3"),
}
LIBRARIES = {
    "PIL": {"_imaging", "_webp"},
    "numpy": {"_multiarray_umath", "_umath_linalg", "lapack_lite"},
    "numpy.libs": {"libgfortran", "libquadmath", "libscipy_openblas64_"},
    "onnxruntime": {"libonnxruntime_providers_shared", "onnxruntime_pybind11_state"},
    "pillow.libs": {
        *("libXau", "libjpeg", "liblzma", "libopenjp2", "libpng16", "libsharpyuv", "libtiff"),
        *("libwebp", "libwebpdemux", "libwebpmux", "libxcb", "libzstd"),
    },
    "": {"simsimd"},
    "simsimd.libs": {"libgomp"},
}
"""Compiled code, by the folder at the top; nine tenths of the layer."""
LAYERS = list(of_type("AWS::Serverless::LayerVersion"))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build's output: one folder per function and layer. With bytecode, if the host can make it."""
    output = tmp_path_factory.mktemp("bundle") / "build"
    version = {"PYTHON313": python} if (python := python313()) else {}
    answer = run(tool(".venv-sam", "sam"), "build", "--build-dir", output, ARCH="x86_64", **version)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return output


def files(folder: Path) -> list[Path]:
    """Every file below a folder, relative to it."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def services() -> set[str]:
    """The AWS services for which shipped code creates clients."""
    sources = [*(ROOT / "layers/visage/python").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    return {name for path in sources for name in re.findall(r"\bclient\(\"([a-z0-9-]+)\"", path.read_text())}


@pytest.mark.parametrize("function", functions())
def test_a_function_with_its_layers_unzips_below_the_limit(bundle: Path, function: str) -> None:
    paths = [bundle / name / path for name in (*LAYERS, function) for path in files(bundle / name)]
    assert sum(path.stat().st_size for path in paths) <= LIMIT_BYTES


def test_the_runtime_layer_holds_what_is_listed_and_nothing_else(bundle: Path) -> None:
    layer = bundle / "RuntimeLayer/python"
    others = {path for path in layer.iterdir() if path.suffix == ".dist-info" or path.name == "__pycache__"}
    assert {path.name.partition(".")[0] for path in {*layer.iterdir()} - others} == PACKAGES
    found: dict[str, set[str]] = {}
    for path in files(layer):
        if ".so" in path.suffixes:
            found.setdefault(path.parts[0] if path.parent.name else "", set()).add(re.split(r"[.-]", path.name)[0])
    assert found == LIBRARIES
    assert {path.name for path in (layer / "botocore/data").iterdir() if path.is_dir()} == services()
    known = json.loads((layer / "botocore/data/endpoints.json").read_text())["partitions"]
    assert {name for partition in known for name in partition["services"]} == services() - {"s3vectors"}
    formats = {path.stem.removesuffix("ImagePlugin") for path in (layer / "PIL").glob("*ImagePlugin.py")}
    assert formats == {"Bmp", "Gif", "Jpeg", "Mpo", "Png", "Ppm", "Tiff", "WebP"}


def test_what_a_layer_was_built_from_stays_as_it_was(bundle: Path) -> None:
    """Files that the build changes are none of a cache's."""
    layer = bundle / "RuntimeLayer/python"
    changed = [layer / "botocore/data/endpoints.json", *layer.glob("simsimd.*.so"), *layer.glob("PIL/_imaging.*.so")]
    assert len(changed) == 3
    assert {path.stat().st_nlink for path in changed} == {1}


def test_the_services_that_functions_call_are_known_by_name() -> None:
    assert set(aws._SERVICES) == services()


def test_the_built_template_points_at_what_was_built(bundle: Path) -> None:
    built = intrinsics.load((bundle / "template.yaml").read_text())["Resources"]
    assert {built[name]["Properties"]["CodeUri"] for name in functions()} == set(functions())
    assert {built[name]["Properties"]["ContentUri"] for name in LAYERS} == set(LAYERS)


@pytest.mark.parametrize("function", functions())
def test_a_function_is_uploaded_without_anything_else(bundle: Path, function: str) -> None:
    sources = {path for path in files(ROOT / "functions") if path.suffix == ".py"}
    uploaded = set(files(bundle / function))
    assert {path for path in uploaded if path.suffix == ".py"} == sources
    assert {path.suffix for path in uploaded} <= {".py", ".pyc"}


def test_our_package_is_uploaded_whole(bundle: Path) -> None:
    source = ROOT / "layers/visage/python"
    assert {path for path in files(bundle / "VisageLayer/python") if path.suffix != ".pyc"} == {
        path for path in files(source) if path.suffix != ".pyc"
    }


@pytest.mark.parametrize("name", [*LAYERS, *functions()])
def test_nothing_is_uploaded_that_only_tests_or_other_pythons_read(bundle: Path, name: str) -> None:
    uploaded = files(bundle / name)
    assert not [path for path in uploaded if {"tests", ".pytest_cache"} & set(path.parts)]
    assert not [path for path in uploaded if path.suffix == ".pyc" and not path.stem.endswith(".cpython-313")]


def test_every_package_keeps_its_name_version_and_licence(bundle: Path) -> None:
    packages = list((bundle / "RuntimeLayer/python").glob("*.dist-info"))
    assert {path.name.partition("-")[0] for path in packages} >= {"numpy", "onnxruntime", "pillow", "botocore"}
    assert all((path / "METADATA").exists() for path in packages)
    assert (bundle / "RuntimeLayer/python/onnxruntime/LICENSE").exists()


@pytest.mark.skipif(python313() is None, reason="There is no Python 3.13 on this machine")
def test_the_bundle_works_on_the_functions_python(bundle: Path, tmp_path: Path) -> None:
    model = tmp_path / "double.onnx"
    onnx.save(_doubling_model(), model)
    found = sorted(services())
    assert {"dynamodb", "s3", "ssm"} <= set(found)
    path = [*(bundle / name / "python" for name in LAYERS), bundle / "RpcFunction"]
    answer = run(
        python313() or "",
        "-S",  # without the site-packages of this Python, which could stand in for what was trimmed
        ROOT / "tests/template/probe.py",
        model,
        bundle / "ModelsLayer",
        *found,
        PYTHONPATH=":".join(map(str, path)),
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.skipif(python313() is None, reason="There is no Python 3.13 on this machine")
def test_the_bundle_brings_bytecode(bundle: Path) -> None:
    for name in ("RuntimeLayer", "VisageLayer", *functions()):
        uploaded = files(bundle / name)
        compiled = {path.parent.parent / path.stem.split(".")[0] for path in uploaded if path.suffix == ".pyc"}
        assert {path.with_suffix("") for path in uploaded if path.suffix == ".py"} == compiled


def test_the_runtime_can_be_built_for_the_other_processor(tmp_path: Path) -> None:
    answer = run("make", "-C", "layers/runtime", "build-RuntimeLayer", "ARCH=arm64", f"ARTIFACTS_DIR={tmp_path}")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    names = [path.name for path in files(tmp_path / "python") if ".cpython-313-" in path.name and path.suffix == ".so"]
    assert names
    assert all("-aarch64-" in name for name in names)


def _doubling_model() -> onnx.ModelProto:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "double", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
