"""The operator's command line against the running stack."""

import pytest

from cli.main import main
from demo.portraits import portraits


def run(capsys, *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out + err


@pytest.mark.parametrize(("other", "verdict"), [("obama2.jpg", "same person"), ("biden.jpg", "not the same")])
def test_compare_says_what_the_score_means_at_each_rate(stack, capsys, other, verdict):
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
