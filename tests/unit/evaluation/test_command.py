"""Exit and output of python -m evaluation."""

import sys

import pytest

from evaluation.__main__ import main


@pytest.fixture
def command(monkeypatch):
    def run(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", ["evaluation", *map(str, arguments)])
        main()

    return run


def test_an_empty_folder_ends_with_one_sentence_and_no_report(models, command, tmp_path):
    with pytest.raises(SystemExit, match="contains no images: it needs one folder of images per person") as ended:
        command(tmp_path, "--out", tmp_path / "out")
    assert "\n" not in ended.value.code
    assert not (tmp_path / "out").exists()


def test_a_missing_pairs_file_ends_the_run_before_any_image_is_read(models, command, tmp_path):
    with pytest.raises(SystemExit, match="Cannot read .*absent.csv"):
        command(tmp_path, "--pairs", tmp_path / "absent.csv")


def test_a_report_that_cannot_be_written_ends_with_one_sentence(models, command, tmp_path):
    (tmp_path / "photos" / "ann").mkdir(parents=True)
    (tmp_path / "photos" / "ann" / "1.jpg").write_bytes(b"no image")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SystemExit, match="Cannot write .*out: File exists"):
        command(tmp_path / "photos", "--out", tmp_path / "out")


def test_without_models_it_says_what_to_do(monkeypatch, command, tmp_path):
    monkeypatch.setenv("VISAGE_MODELS", str(tmp_path))
    with pytest.raises(SystemExit, match="make setup"):
        command(tmp_path)
