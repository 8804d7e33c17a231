"""Exit and output of python -m evaluation.attributes."""

import json
import sys

import pytest
from PIL import Image

from evaluation.attributes.__main__ import main
from evaluation.attributes.evaluate import evaluate
from tests.support.faces import load


@pytest.fixture
def command(monkeypatch):
    def run(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", ["evaluation.attributes", *map(str, arguments)])
        main()

    return run


def test_labels_that_are_absent_end_with_one_sentence_and_no_report(models, command, tmp_path):
    with pytest.raises(SystemExit, match="Cannot read .*absent.csv") as ended:
        command(tmp_path, "--labels", tmp_path / "absent.csv", "--out", tmp_path / "out")
    assert "\n" not in ended.value.code
    assert not (tmp_path / "out").exists()


def test_without_models_it_says_what_to_do(monkeypatch, command, tmp_path):
    monkeypatch.setenv("VISAGE_MODELS", str(tmp_path))
    with pytest.raises(SystemExit, match="make setup"):
        command(tmp_path, "--labels", "labels.csv")


def test_a_report_names_figures_mistakes_and_what_was_left_out(models, portraits, tmp_path):
    for name in ("obama.jpg", "obama2.jpg"):
        Image.fromarray(load(portraits / name)).reduce(2).save(tmp_path / name)
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "grey.png")
    (tmp_path / "torn.jpg").write_bytes((tmp_path / "obama.jpg").read_bytes()[:2000])
    rows = ["file,respirator", "obama.jpg,None", "obama2.jpg,Wear", "grey.png,None", "torn.jpg,None", "gone.jpg,None"]
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    report = evaluate(tmp_path, tmp_path / "labels.csv", "largest", "0", workers=1)
    report.write(tmp_path / "out")

    document = json.loads((tmp_path / "out" / "figures.json").read_text())
    about = " ".join(name for remark in document["remarks"] for name in remark["about"])
    for spoilt in ("grey.png", "torn.jpg", "gone.jpg"):
        assert spoilt in about
        assert spoilt in "\n".join(report.summary())
    (row,) = document["rows"]
    assert (row["yes"], row["no"], row["balanced_accuracy"]["value"]) == (1, 1, 0.5)
    (sheet,) = document["sheets"]
    assert sheet["title"] == "respirator: Wear taken for None"
    assert [cell["files"] for cell in sheet["cells"]] == [["obama2.jpg"]]
    assert (tmp_path / "out" / "respirator_wear_as_none.png").is_file()
    assert "respirator: Wear taken for None" in (tmp_path / "out" / "report.html").read_text()
