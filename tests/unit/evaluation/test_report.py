"""From a folder to a report, with an embedder for colours: the closer, the more similar."""

import csv
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.collection import InputError
from evaluation.embeddings import LIMITS, EmbeddedFace
from evaluation.evaluate import evaluate
from evaluation.report import Report, percent, rate
from evaluation.scale import Scale, shipped_scale
from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import unit
from visage.media.decode import decode

SCALE = Scale(
    table=lambda first, second: first @ second.T,
    pairs=lambda first, second: np.einsum("nd,nd->n", first, second),
    score=lambda value: 50 + 50 * value,
    value=lambda score: (score - 50) / 50,
    thresholds={"0.01": 70.0, "0.001": 80.0, "0.0001": 90.0},
)
PEOPLE = [f"person {number}" for number in range(24)]
FACELESS = (0, 0, 0)


@dataclass
class Colours:
    """An image's face is its mean colour relative to grey; a black image has none."""

    version: str = "colours"
    seen: list[int] = field(default_factory=list)

    def __call__(self, data: bytes) -> EmbeddedFace | None:
        self.seen.append(len(data))
        mean = decode(data, LIMITS).pixels.mean(axis=(0, 1))
        if not mean.any():
            return None
        return EmbeddedFace(unit(mean - 127.5).astype(np.float32), (0.25, 0.25, 0.5, 0.5), float(mean.max()) / 2.55)


def save(path: Path, colour: tuple[int, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 10), tuple(colour)).save(path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos of each of 24 people."""
    folder = tmp_path / "photos"
    generator = np.random.default_rng(5)
    for name in PEOPLE:
        colour = generator.integers(0, 200, 3)
        for number in (1, 2):
            save(folder / name / f"{number}.png", (colour + generator.integers(1, 50, 3)).tolist())
    return folder


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Report]:
    def run(folder: Path, pairs: Path | None = None, embedder: Colours | None = None) -> Report:
        return evaluate(folder, pairs, embedder or Colours(), SCALE, tmp_path / "cache", workers=1)

    return run


@pytest.fixture
def pairs(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: tuple) -> Path:
        path = tmp_path / "pairs.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("fold", "same", "image_a", "image_b"), *rows])
        return path

    return write


def everyone_twice() -> list[tuple]:
    """A genuine pair of each person, and one with the person's neighbour in the same of twelve folds."""
    rows = []
    for number, name in enumerate(PEOPLE):
        rows.append((number // 2, 1, f"{name}/1.png", f"{name}/2.png"))
        rows.append((number // 2, 0, f"{name}/1.png", f"{PEOPLE[number ^ 1]}/2.png"))
    return rows


def told(report: Report, words: str) -> tuple[str, ...]:
    """The files of the only remark that contains these words."""
    (remark,) = [remark for remark in report.remarks if words in remark.text]
    assert any(remark.text in line for line in report.summary())
    assert remark.text in report.html(None).replace("&#39;", "'")
    return remark.about


def test_everybody_is_compared_with_everybody(photos, judge):
    (figures,) = judge(photos).figures
    assert (figures.people, figures.genuine_pairs, figures.impostor_pairs) == (24, 24, 24 * 23 // 2)
    assert figures.folds == 10
    told(judge(photos), "276 impostor pairs are too few for false match rates of 1 % (300 needed)")


def test_a_pairs_file_comes_first_with_its_own_folds(photos, judge, pairs):
    report = judge(photos, pairs(*everyone_twice()))
    named, everybody = report.figures
    assert (named.name, named.genuine_pairs, named.impostor_pairs, named.folds) == ("pairs file", 24, 24, 12)
    assert everybody.impostor_pairs == 276
    assert not any("share people" in remark.text for remark in report.remarks)


def test_folds_that_share_people_and_files_without_folds_are_reported(photos, judge, pairs):
    rows = everyone_twice()
    assert not told(judge(photos, pairs((5, *rows[0][1:]), *rows[1:])), "Folds of the pairs file share people")
    assert not told(judge(photos, pairs(*(("", *row[1:]) for row in rows))), "does not assign every pair")


def test_missing_images_in_a_pairs_file_are_reported_and_the_rest_measured(photos, judge, pairs):
    report = judge(photos, pairs(*everyone_twice(), (0, 1, "person 0/1.png", "person 0/9.png")))
    assert told(report, "lists images that are not in the folder") == ("person 0/9.png",)
    told(report, "1 of the file's 49 pairs are excluded")
    assert report.figures[0].genuine_pairs == 24


def test_a_pair_with_an_image_without_a_face_is_excluded_but_not_missing(photos, judge, pairs):
    save(photos / "person 7" / "2.png", FACELESS)
    report = judge(photos, pairs(*everyone_twice()))
    told(report, "2 of the file's 48 pairs are excluded")
    assert not any("not in the folder" in remark.text for remark in report.remarks)


def test_pairs_that_contradict_the_folders_are_reported_and_excluded(photos, judge, pairs):
    report = judge(photos, pairs(*everyone_twice(), (0, 1, "person 0/1.png", "person 1/1.png")))
    assert told(report, "and the folders disagree") == ("person 0/1.png, person 1/1.png",)
    assert report.figures[0].genuine_pairs == 24


def test_unreadable_images_are_reported_with_the_reason(photos, judge):
    (photos / "person 3" / "1.png").write_bytes(b"no image at all")
    (photos / "person 4" / "1.png").write_bytes(b"")
    (photos / "person 5" / "1.png").unlink()
    (photos / "person 5" / "1.png").symlink_to("absent.png")
    report = judge(photos)
    about = told(report, "could not be read")
    assert [entry.partition(":")[0] for entry in about] == [f"person {number}/1.png" for number in (3, 4, 5)]
    assert about[2].endswith(": No such file or directory.")
    assert (report.images, report.faces, report.figures[0].genuine_pairs) == (48, 45, 21)


def test_images_without_a_face_are_reported_and_shown(photos, judge):
    save(photos / "person 7" / "2.png", FACELESS)
    report = judge(photos)
    assert told(report, "no face was found") == ("person 7/2.png",)
    sheet = report.sheets[2]
    assert (sheet.total, sheet.of, sheet.cells[0].files) == (1, 48, ("person 7/2.png",))


def test_a_folder_with_one_person_still_gives_false_non_matches(tmp_path, judge):
    for number in range(3):
        save(tmp_path / "alone" / "ann" / f"{number}.png", (200, 10 * number, 30))
    report = judge(tmp_path / "alone")
    told(report, "false matches cannot be measured")
    told(report, "needs 20 people or more, not 1")
    told(report, "based on only 1 people")
    assert report.figures[0].thresholds[0].false_match_rate is None
    assert report.figures[0].thresholds[0].false_non_match_rate.value == 0


def test_a_folder_without_faces_still_gives_a_report(tmp_path, judge):
    save(tmp_path / "dark" / "ann" / "1.png", FACELESS)
    report = judge(tmp_path / "dark")
    told(report, "no face was found")
    report.write(tmp_path / "out")
    assert not (tmp_path / "out" / "det.svg").exists()
    assert (tmp_path / "out" / "faces_not_found.png").exists()


def test_without_faces_there_is_a_report_by_the_shipped_scale_too(models, tmp_path):
    save(tmp_path / "dark" / "ann" / "1.png", FACELESS)
    report = evaluate(tmp_path / "dark", None, Colours(), shipped_scale(), tmp_path / "cache", workers=1)
    assert told(report, "no face was found") == ("ann/1.png",)


def test_the_shipped_scale_is_the_score_of_the_api(models):
    vectors = unit(np.random.default_rng(0).normal(size=(5, 128))).astype(np.float32)
    scale = shipped_scale()
    table = scale.table(vectors, vectors)
    assert scale.pairs(vectors[:4], vectors[1:]) == pytest.approx(np.diag(table, 1), abs=1e-3)
    assert scale.score(float(table[0, 1])) == pytest.approx(compare_embeddings(*vectors[:2]).score, abs=0.01)
    assert dict(scale.thresholds) == {rate: scale.score(-np.log10(float(rate))) for rate in scale.thresholds}


def test_the_report_shows_the_benefit_of_quality(photos, judge):
    report = judge(photos)
    (figures,) = report.figures
    assert [each.refused for each in figures.rejections] == [0, 0.05, 0.1, 0.2]
    assert [each.quality for each in figures.rejections] == sorted(each.quality for each in figures.rejections)
    assert "Pairs refused" in report.html(None)
    assert len([line for line in report.summary() if "quality from" in line]) == 4


def test_names_in_another_encoding_are_written_as_escapes(photos, judge, tmp_path):
    save(photos / os.fsdecode("张三".encode("gbk")) / "1.png", FACELESS)
    judge(photos).write(tmp_path / "out")
    told = json.loads((tmp_path / "out" / "figures.json").read_text())["remarks"]
    assert ["\udcd5\udcc5\udcc8\udcfd/1.png"] in [remark["about"] for remark in told]


def test_a_pair_of_an_image_with_itself_is_reported_and_excluded(photos, judge, pairs):
    report = judge(photos, pairs(*everyone_twice(), (0, 1, "person 0/1.png", "person 0/1.png")))
    assert told(report, "with itself") == ("person 0/1.png",)
    assert report.figures[0].genuine_pairs == 24


def test_a_missing_accuracy_is_reported(photos, judge):
    for name in PEOPLE[1:]:
        (photos / name / "2.png").unlink()
    report = judge(photos)
    assert report.figures[0].accuracy is None
    told(report, "all pairs are in one fold")


def test_two_runs_at_the_same_time_do_not_disturb_each_other(photos, judge):
    class Meanwhile(Colours):
        def __call__(self, data: bytes) -> EmbeddedFace | None:
            if not self.seen:
                judge(photos)
            return super().__call__(data)

    assert judge(photos, embedder=Meanwhile()).faces == 48


def test_an_empty_folder_gives_no_report(tmp_path, judge):
    with pytest.raises(InputError, match="contains no images"):
        judge(tmp_path)


def test_the_same_image_under_two_names_is_reported(photos, judge):
    (photos / "person 1" / "2.png").write_bytes((photos / "person 0" / "1.png").read_bytes())
    assert told(judge(photos), "under several names") == ("person 0/1.png = person 1/2.png",)


def test_an_image_is_processed_once_per_pipeline_version(photos, judge):
    first, second, newer = Colours(), Colours(), Colours("newer")
    one, other = judge(photos, embedder=first), judge(photos, embedder=second)
    assert (len(first.seen), len(second.seen)) == (48, 0)
    assert one == other
    judge(photos, embedder=newer)
    assert len(newer.seen) == 48
    save(photos / "person 0" / "1.png", (1, 2, 3))
    judge(photos, embedder=second)
    assert len(second.seen) == 1


def test_the_report_is_self_contained_and_complete(photos, judge, tmp_path):
    save(photos / "person <b>" / "1.png", (250, 1, 1))
    save(photos / "person <b>" / "2.png", (1, 250, 1))
    report = judge(photos)
    report.write(tmp_path / "out")
    html = (tmp_path / "out" / "report.html").read_text()
    assert "<svg" in html and "data:image/jpeg;base64," in html
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", html)
    assert "person &lt;b&gt;/1.png" in html and "person <b>" not in html
    for row in report.figures[0].thresholds:
        assert f"{percent(row.false_match_rate.value)} %" in html
    names = {"report.html", "figures.json", "det.svg", "det.png", "false_matches.png", "false_non_matches.png"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert Image.open(tmp_path / "out" / "det.png").width > 1000


def test_the_json_holds_the_same_figures(photos, judge, tmp_path):
    report = judge(photos)
    report.write(tmp_path / "out")
    document = json.loads((tmp_path / "out" / "figures.json").read_text())
    for written, row in zip(document["figures"][0]["thresholds"], report.figures[0].thresholds, strict=True):
        assert (written["score"], written["false_matches"]) == (row.score, row.false_matches)
        assert written["false_match_rate"]["high"] == row.false_match_rate.high
    assert document["version"] == "colours"
    assert [remark["text"] for remark in document["remarks"]] == [remark.text for remark in report.remarks]


def test_the_worst_errors_come_first(photos, judge):
    matches, misses, _ = judge(photos).sheets
    scores = [cell.score for cell in matches.cells]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= 80
    assert len(scores) == min(24, matches.total)
    assert [cell.score for cell in misses.cells] == sorted(cell.score for cell in misses.cells)
    assert all(cell.score < 80 for cell in misses.cells)
    row = next(row for row in judge(photos).figures[0].thresholds if row.score == 80)
    assert (matches.total, misses.total) == (row.false_matches, row.false_non_matches)


def test_a_second_report_removes_what_the_first_left(photos, judge, tmp_path):
    save(photos / "person 7" / "2.png", FACELESS)
    judge(photos).write(tmp_path / "out")
    assert (tmp_path / "out" / "faces_not_found.png").exists()
    save(photos / "person 7" / "2.png", (9, 9, 9))
    judge(photos).write(tmp_path / "out")
    assert not (tmp_path / "out" / "faces_not_found.png").exists()


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0"), (1, "100"), (0.9935, "99.35"), (0.0298, "2.98"), (0.000999551, "0.100"), (7.15e-7, "0.0000715")],
)
def test_shares_are_written_with_three_digits(share, text):
    assert percent(share) == text


def test_round_rates_are_written_plainly():
    assert [rate(share) for share in (0.01, 0.001, 0.0001, 0.00001)] == ["1", "0.1", "0.01", "0.001"]
