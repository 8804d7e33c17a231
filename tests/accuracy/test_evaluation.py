"""The report of `python -m evaluation` on a small folder of development photos, some of them damaged."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT

PEOPLE = 25


@pytest.fixture(scope="module")
def photos(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos each of 25 people; another one is truncated, one has no face, and the pairs file lists an absent
    one."""
    folder = tmp_path_factory.mktemp("evaluation") / "photos"
    known = [person for person in sorted((data / "lfw_dev").iterdir()) if len(list(person.glob("*.jpg"))) >= 3]
    for person in known[:PEOPLE]:
        for image in sorted(person.glob("*.jpg"))[:3]:
            (folder / person.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(image, folder / person.name / image.name)
    first, second = sorted(folder.glob("*/*.jpg"))[:2]
    (first.parent / "torn.jpg").write_bytes(first.read_bytes()[:2000])
    Image.new("RGB", (200, 200), "grey").save(first.parent / "grey.png")
    names = [image.relative_to(folder).as_posix() for image in (first, second)]
    with (folder.parent / "pairs.csv").open("w", newline="") as file:
        rows = [("same", "image_a", "image_b"), (1, *names), (1, names[0], "Nobody/1.jpg")]
        csv.writer(file).writerows(rows)
    return folder


def test_a_report_is_made_whatever_the_folder_holds(photos: Path):
    out = photos.parent / "out"
    command = [sys.executable, "-m", "evaluation", photos, "--pairs", photos.parent / "pairs.csv", "--out", out]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert answer.returncode == 0, answer.stderr
    assert f"Report: {out / 'report.html'}" in answer.stdout
    document = json.loads((out / "figures.json").read_text())
    about = [name for remark in document["remarks"] for name in remark["about"]]
    for spoilt in ("torn.jpg", "grey.png", "Nobody/1.jpg"):
        assert any(spoilt in name for name in about)
        assert spoilt in answer.stdout
    assert (document["people"], document["images"], document["faces"]) == (PEOPLE, 3 * PEOPLE + 2, 3 * PEOPLE)
    named, everybody = document["figures"]
    assert (named["genuine_pairs"], named["impostor_pairs"]) == (1, 0)
    assert (everybody["genuine_pairs"], everybody["impostor_pairs"]) == (3 * PEOPLE, PEOPLE * (PEOPLE - 1) // 2)
    assert everybody["accuracy"]["value"] >= 0.95
