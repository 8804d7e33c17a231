"""`python -m local invoke` as a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.first_client import Client
from local.invoke import signed
from local.stack import ROOT, Stack, StackError
from tests.local.conftest import FIXTURE
from tests.support import captured
from visage.api.dialects.request import Request
from visage.api.security.signatures import read_roa_claim, rpc_signature


def _invoke(state: Path, function: str, event: object, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "local", "invoke", function, "-e", "-", "--state", str(state), "--template", str(FIXTURE),
        "--parameter", f"Notes={tmp_path}",
    ]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, input=json.dumps(event), capture_output=True, text=True, timeout=60)


def test_a_function_runs_once_and_its_answer_is_printed(tmp_path: Path) -> None:
    result = _invoke(tmp_path / "state", "EchoFunction", {"x": "é"}, tmp_path)
    assert result.returncode == 0, result.stderr
    assert json.loads(json.loads(result.stdout)["body"])["event"] == {"x": "é"}


def test_with_a_running_stack_its_cloud_is_used(stack: Stack, tmp_path: Path) -> None:
    result = _invoke(stack.state, "EchoFunction", {}, tmp_path)
    assert result.returncode == 0, result.stderr


def test_a_failing_function_is_an_exit_status_and_its_log_is_on_standard_error(stack: Stack, tmp_path: Path) -> None:
    event = {"queryStringParameters": {"kind": "exception"}}
    result = _invoke(stack.state, "AnswerFunction", event, tmp_path)
    assert result.returncode == 1
    assert json.loads(result.stdout)["errorType"] == "RuntimeError"
    assert "RuntimeError" in result.stderr


def test_a_handler_that_cannot_be_imported_says_so(stack: Stack, tmp_path: Path) -> None:
    result = _invoke(stack.state, "BrokenFunction", {}, tmp_path)
    assert result.returncode == 1
    assert json.loads(result.stdout)["errorType"] == "Runtime.ImportModuleError"


def test_an_unknown_function_is_one_clear_sentence(stack: Stack, tmp_path: Path) -> None:
    result = _invoke(stack.state, "NoFunction", {}, tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "has no function NoFunction; it has AnswerFunction, " in result.stderr


@pytest.mark.parametrize("in_form", [True, False])
def test_an_rpc_event_is_signed_anew(in_form: bool) -> None:
    old = {"AccessKeyId": "old", "Signature": "old", "Timestamp": "2000-01-01T00:00:00Z", "SignatureNonce": "old"}
    event = {
        "httpMethod": "POST",
        "queryStringParameters": {"Action": "CompareFaces", **({} if in_form else old)},
        "body": "SourceImageType=FacePic" + ("&AccessKeyId=old&Signature=old&Timestamp=old" if in_form else ""),
        "kept": 1,
    }
    renewed = signed(event, Client("new", "secret"))
    query = [(name, value) for name, values in renewed["multiValueQueryStringParameters"].items() for value in values]
    form = [tuple(pair.split("=")) for pair in renewed["body"].replace("%3A", ":").split("&")]
    carrier = dict(form if in_form else query)
    assert (carrier["AccessKeyId"], renewed["kept"]) == ("new", 1)
    assert "old" not in json.dumps(renewed)
    if not in_form:
        pairs = [pair for pair in [*query, *form] if pair[0] != "Signature"]
        assert carrier["Signature"] == rpc_signature("POST", pairs, "secret")


@pytest.mark.parametrize("event", [{"Records": []}, [], None])
def test_what_is_no_request_is_not_signed(event: object) -> None:
    with pytest.raises(StackError, match="leave out --sign"):
        signed(event, Client("new", "secret"))


def test_a_green_event_is_signed_anew() -> None:
    event = captured.read("green_AddPerson").event()
    renewed = signed(event, Client("new", "secret"))
    claim = read_roa_claim(Request.from_event(renewed))
    assert claim.key_id == "new" and claim.proved_by("secret")
    assert renewed["headers"]["Date"] != event["headers"]["Date"]
    assert (renewed["body"], renewed["path"]) == (event["body"], event["path"])
