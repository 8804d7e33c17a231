"""`make bench`: a part that fails costs its own rows only."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import bench.__main__ as runner
from bench import figures
from bench.clock import processor_of
from bench.figures import Figure, Result, Skip


@pytest.fixture
def part(monkeypatch, tmp_path):
    """Runs a part made of this generator, and returns its exit status and what it left."""
    for name in runner._ENVIRONMENT:
        monkeypatch.setenv(name, "unused")
    monkeypatch.setattr(runner.os, "sched_setaffinity", lambda *_: None)

    def run(generator) -> tuple[int, Result]:
        monkeypatch.setitem(sys.modules, "bench.parts.compare", SimpleNamespace(figures=generator))
        return runner._measure("compare", tmp_path), Result.read(tmp_path / "compare.json")

    return run


def test_what_was_measured_before_a_failure_is_kept(part, capsys):
    def failing():
        yield Figure("first", 1.0, "ms")
        raise OSError("no photo\nand more")

    status, result = part(failing)
    assert status == 1
    assert [figure.what for figure in result.figures] == ["first"]
    assert result.failed == "OSError: no photo"
    assert "first" in capsys.readouterr().out


def test_a_part_that_cannot_be_measured_here_says_why(part):
    def skipping():
        raise Skip("dlib is not installed")
        yield

    status, result = part(skipping)
    assert (status, result.skipped, result.figures) == (0, "dlib is not installed", [])


def test_a_part_whose_process_dies_leaves_no_result_of_a_former_run(part, tmp_path):
    def dying():
        yield Figure("first", 1.0, "ms")
        raise KeyboardInterrupt

    part(lambda: iter([Figure("former", 1.0, "ms")]))
    with pytest.raises(KeyboardInterrupt):
        part(dying)
    left = Result.read(tmp_path / "compare.json")
    assert left.failed and not left.figures


@pytest.mark.parametrize("name", runner.PARTS)
def test_every_part_has_a_module(name):
    assert (figures.RESULTS.parents[1] / "bench" / "parts" / f"{name}.py").is_file()


def test_the_processor_time_of_another_process_is_read():
    work = "sum(range(10**6)); print('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "done\n"
        told = processor_of(process.pid)
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        process.communicate("\n")
    step = 1000 / os.sysconf("SC_CLK_TCK")
    assert told > 0 and abs(told - ticks * step) <= 2 * step
