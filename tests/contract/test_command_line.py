"""The operator's command line against the running stack."""

import json

import pytest

from cli.main import main
from demo.portraits import portraits


def run(capsys, *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out + err


@pytest.mark.parametrize(("other", "verdict"), [("obama2.jpg", "same person"), ("biden.jpg", "not the same")])
def test_compare_gives_a_verdict_at_each_rate(stack, capsys, other, verdict):
    photos = (str(portraits() / "obama.jpg"), str(portraits() / other))
    status, said = run(capsys, "compare", *photos, "--local", str(stack.state))
    assert status == 0 and said.startswith("similarity ")
    assert said.count(verdict) == 3


def test_compare_says_why_it_was_refused(stack, capsys):
    photo = str(portraits() / "obama.jpg")
    status, said = run(capsys, "compare", photo, "http://127.0.0.2/a.jpg", "--local", str(stack.state))
    assert status == 2
    assert said.startswith("visage: InvalidParam.ImageValuePatternError: ") and "TargetImageValue" in said


def test_the_stacks_own_client_is_listed(stack, capsys):
    status, said = run(capsys, "client", "list", "--local", str(stack.state))
    assert status == 0 and stack.client.id in said and stack.client.secret not in said


@pytest.fixture
def visage(stack, keys, capsys, tmp_path):
    """Runs a command as a client with a library of its own."""
    file = tmp_path / "client.json"
    file.write_text(json.dumps({"accessKeyId": keys[0], "accessKeySecret": keys[1]}))
    where = ("--endpoint", stack.url, "--client", str(file))
    return lambda *arguments: run(capsys, *map(str, arguments), *where)


def test_persons_are_added_and_found(visage):
    photo, again = portraits() / "obama.jpg", portraits() / "obama2.jpg"
    assert visage("persons", "add", "ann", photo, "--group", "staff", "--name", "Ann")[0] == 0
    assert visage("persons", "change", "ann", "--note", "Reception") == (0, "ann is changed\n")
    shown = visage("persons", "show", "ann")[1].splitlines()[1]
    assert shown.split() == ["ann", "Ann", "staff", "1", "Reception"]
    assert visage("groups", "list")[1].split() == ["GROUP", "staff"]
    assert visage("persons", "list", "staff")[1].split() == ["PERSON", "ann"]
    found = visage("search", again, "--group", "staff")[1].splitlines()[1]
    assert found.split()[:3] == ["1", "ann", "Ann"] and "below 1 in" in found
    assert visage("groups", "leave", "ann", "staff") == (0, "ann is in no group\n")
    assert visage("persons", "remove", "ann") == (0, "ann is removed, with all its faces\n")
    assert visage("persons", "show", "ann") == (2, "visage: 400: The person is not exist!\n")


def test_any_operation_by_its_name(visage):
    photo = portraits() / "obama.jpg"
    pair = [f"{side}Image{part}" for side in ("Source", "Target") for part in ("Type=FacePic", f"Value=@{photo}")]
    assert json.loads(visage("call", "CompareFaces", *pair)[1])["Data"]["SimilarityScore"] > 99
    scanned = visage("call", "ImageSyncScan", 'scenes:=["liveness"]', 'tasks:=[{"url": "/a.jpg"}]')
    assert json.loads(scanned[1])[0]["code"] == 400
    refused = visage("call", "CompareFaces", "SourceImageType=FacePic")
    assert refused[0] == 2 and refused[1].startswith("visage: InvalidParam.ImageTypeEmpty: ")


def test_what_images_show(visage):
    photo = portraits() / "obama.jpg"
    assert "obama.jpg" in visage("detect", photo)[1] and "obama.jpg" in visage("liveness", photo)[1]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_shells_complete_commands(capsys, shell):
    status, said = run(capsys, "completion", shell)
    assert status == 0 and "liveness" in said and "--offline" in said
