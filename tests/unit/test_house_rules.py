"""The house rules: imports go down, and each package knows only its own world."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "layers" / "visage" / "python"
FLOORS = [
    {"settings", "errors", "stages", "aws", "table"},
    {"faces", "media"},
    {"access", "gallery", "jobs", "liveness"},
    {"erasure"},
    {"api"},
]
WINGS = {
    "visage.api": [
        {"errors", "deadline"},
        {"dialects"},
        {"security", "telemetry", "payloads"},
        {"scans"},
        {"operation"},
        {"messages", "oss", "intake"},
    ],
    "visage.faces": [
        {"types", "sessions"},
        {"imaging"},
        {"landmarks", "appearance"},
        {"detection"},
        {"recognition", "subject", "describe"},
        {"enrolment"},
        {"photo"},
    ],
    "cli": [
        {"terminal", "deployment"},
        {"images", "persons", "operations"},
        {"privacy"},
        {"completion"},
        {"main"},
    ],
    "torture": [{"rows"}, {"targets"}, {"attacks"}, {"parts"}, {"report"}, {"__main__"}],
    "visage.gallery": [{"persons"}, {"index"}, {"upkeep"}, {"enrol", "identify", "verify"}],
    "local": [
        {"files", "server"},
        {"template"},
        {"functions", "guard"},
        {"cloud", "gateway"},
        {"first_client", "triggers"},
        {"console"},
        {"stack"},
        {"invoke"},
        {"__main__"},
    ],
}
"""Packages that are too large for one folder: their wings and modules, lowest floor first."""
KNOWN_BY = {
    "onnxruntime": {"visage.faces"},
    "boto3": set(),
    "s3transfer": {"visage.gallery"},
    "botocore": {
        *("visage.aws", "visage.table", "visage.access", "visage.gallery", "visage.jobs"),
        *("visage.media.uploads", "visage.media.drops"),
    },
    "aws_lambda_powertools": {"visage.api"},
    "http": {"visage.media"},
    "PIL": {"visage.media", "visage.faces"},
}
NEVER = {"local", "tests", "training", "evaluation", "bench", "demo", "cli", "modelkit", "moto", "pytest"}
NEVER |= {"openapi", "torture", "catalogue", "console"}

OURS = sorted({"functions", "layers", *NEVER} - {"modelkit", "moto", "pytest"})

MODULES = sorted((*PACKAGE.rglob("*.py"), *(ROOT / "functions").rglob("*.py")))


def name_of(file: Path) -> str:
    base = PACKAGE if file.is_relative_to(PACKAGE) else ROOT
    return ".".join(file.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(file: Path) -> list[str]:
    """Full names of what a module imports, relative ones too."""
    return list(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    package = name_of(file).split(".")[: None if file.stem == "__init__" else -1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{prefix}.{alias.name}" for alias in node.names)


def floor(name: str) -> int | None:
    parts = name.split(".")
    if parts[0] == "functions":
        return len(FLOORS)
    if parts[0] != "visage" or len(parts) < 2:
        return None
    return next((number for number, packages in enumerate(FLOORS) if parts[1] in packages), None)


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_imports_go_downwards(file):
    own = name_of(file)
    for imported in imports(file):
        same_package = imported.split(".")[:2] == own.split(".")[:2]
        if not same_package and floor(imported) is not None:
            assert floor(imported) < floor(own) or {floor(imported), floor(own)} == {0}, f"{own} imports {imported}"


def wing_floor(package: str, name: str) -> int | None:
    """The floor of a module within its package, None where it is another package's."""
    if not name.startswith(f"{package}."):
        return None
    wing = name.removeprefix(f"{package}.").split(".")[0]
    return next(number for number, wings in enumerate(WINGS[package]) if wing in wings)


@pytest.mark.parametrize("package", WINGS)
def test_imports_between_wings_go_downwards(package):
    folder = (PACKAGE if package.startswith("visage") else ROOT).joinpath(*package.split("."))
    for file in sorted(folder.rglob("*.py")):
        own = name_of(file)
        for imported in imports(file) if own != package else ():
            same_wing = imported.removeprefix(package).split(".")[1:2] == own.removeprefix(package).split(".")[1:2]
            if not same_wing and (below := wing_floor(package, imported)) is not None:
                assert below < wing_floor(package, own), f"{own} imports {imported}"


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_each_package_knows_its_own_world_only(file):
    own = name_of(file)
    for imported in imports(file):
        root = imported.split(".")[0]
        assert root not in NEVER, f"{own} imports {imported}"
        if root in KNOWN_BY:
            assert any(own.startswith(knower) for knower in KNOWN_BY[root]), f"{own} imports {imported}"


def defines(module: str, name: str) -> bool:
    """Whether one of our modules has that submodule or, as far as its text says, that name."""
    base = (PACKAGE if module.split(".")[0] == "visage" else ROOT).joinpath(*module.split("."))
    if base.is_dir():
        own = base / "__init__.py"
        return any(path.exists() for path in (base / name, base / f"{name}.py")) or name in own.read_text()
    return base.with_suffix(".py").is_file()


@pytest.mark.parametrize("folder", OURS)
def test_what_is_imported_exists(folder):
    for file in ROOT.joinpath(*folder.split(".")).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] in {*OURS, "visage"}:
                for alias in node.names:
                    assert defines(node.module, alias.name), f"{file}:{node.lineno} imports {node.module}.{alias.name}"


@pytest.mark.parametrize("file", sorted((ROOT / "functions").glob("*/app.py")), ids=lambda file: file.parent.name)
def test_a_handler_is_short_and_has_an_event(file):
    assert len(file.read_text().splitlines()) <= 40
    assert (ROOT / "events" / f"{file.parent.name}.json").is_file()


def test_ruff_finds_nothing():
    answer = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", ROOT], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_no_file_holds_both_sides_of_a_merge():
    sides = ["git", "grep", "-lE", "^(<{7}|>{7}) "]
    answer = subprocess.run(sides, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode in (0, 1), answer.stderr
    assert answer.stdout == ""
