"""The format of a user's folder and pairs file."""

from pathlib import Path

import pytest

from evaluation.collection import Collection, InputError, Pair, read_pairs


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def pairs_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_images_are_found_one_folder_a_person_in_order(tmp_path):
    touch(tmp_path, "李/b.PNG", "ann/2.webp", "ann/1.jpg", "ann/.hidden.jpg", ".cache/x.jpg")
    collection = Collection.read(tmp_path)
    assert collection.files == ("ann/1.jpg", "ann/2.webp", "李/b.PNG")
    assert collection.remarks == ()


def test_what_is_left_out_is_told(tmp_path):
    touch(tmp_path, "ann/1.jpg", "ann/2.heic", "loose.jpg")
    assert [remark.about for remark in Collection.read(tmp_path).remarks] == [("ann/2.heic",), ("loose.jpg",)]


def test_a_folder_without_images_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match="contains no images: it needs one folder of images per person"):
        Collection.read(tmp_path)
    with pytest.raises(InputError, match="The folder .* does not exist"):
        Collection.read(tmp_path / "absent")


def test_pairs_are_read_with_and_without_folds(tmp_path):
    text = "\ufefffold,same,image_a,image_b\n3,1,a/1.jpg,./a/2.jpg\n,0, a/1.jpg ,b/1.jpg\n"
    assert read_pairs(pairs_file(tmp_path, text)) == [
        Pair(3, True, "a/1.jpg", "a/2.jpg"),
        Pair(None, False, "a/1.jpg", "b/1.jpg"),
    ]
    assert read_pairs(pairs_file(tmp_path, "image_a,image_b,same\na/1.jpg,b/1.jpg,0\n"))[0].fold is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column same, image_a, image_b: its first line must be"),
        ("same,image_a\n1,x\n", "has no column image_b"),
        ("same,image_a,image_b\n", "contains no pairs"),
        ("same,image_a,image_b\n1,a,b\nyes,a,b\n", "line 3: same must be 1 or 0, not 'yes'"),
        ("same,image_a,image_b\n1,a\n", "line 2: a pair needs two images"),
        ("fold,same,image_a,image_b\n1.5,1,a,b\n", "line 2: fold must be a whole number, not '1.5'"),
    ],
)
def test_a_pairs_file_that_cannot_be_read_is_refused_with_the_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_pairs(pairs_file(tmp_path, text))


def test_a_pairs_file_that_is_absent_or_no_text_is_refused(tmp_path):
    with pytest.raises(InputError, match="Cannot read .*: No such file"):
        read_pairs(tmp_path / "absent.csv")
    (tmp_path / "pairs.csv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(InputError, match="is not a CSV file in UTF-8"):
        read_pairs(tmp_path / "pairs.csv")
