"""Objects dropped in the running stack's upload bucket."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from cli.main import main
from demo.portraits import portraits
from local.cloud.client import aws_client
from tests.conftest import ROOT

SECONDS = 60


def photo(name: str) -> bytes:
    return (portraits() / name).read_bytes()


def soon(look: Callable[[], Any]) -> Any:
    """What `look` returns, once it returns something."""
    until = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.1)
    return found


class Bucket:
    """The upload bucket, with the operator's permissions."""

    def __init__(self, stack, library: str) -> None:
        self.settings = json.loads((stack.state / "stack.json").read_text())["settings"]
        self.name, self.library = self.settings["VISAGE_UPLOAD_BUCKET"], library
        self.s3 = aws_client("s3", stack.endpoint)

    def drop(self, path: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.name, Key=f"{self.library}/{path}", Body=content)

    def read(self, path: str) -> bytes | None:
        try:
            return self.s3.get_object(Bucket=self.name, Key=f"{self.library}/{path}")["Body"].read()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchKey"
            return None

    def result(self, path: str) -> dict[str, Any]:
        return json.loads(soon(lambda: self.read(f"results/{path}.json")))


@pytest.fixture
def bucket(stack, keys) -> Bucket:
    return Bucket(stack, keys[0])


def enrolled(result: dict[str, Any]) -> bool:
    return result["code"] == 200 and [item["success"] for item in result["data"]["faceImageItems"]] == [True]


@pytest.mark.parametrize("name", ["1.jpg", "张三 a+b %2B.jpg"])
def test_a_dropped_face_is_enrolled_and_found(bucket, name):
    bucket.drop(f"enrol/staff/ann/{name}", photo("obama.jpg"))
    assert enrolled(bucket.result(f"enrol/staff/ann/{name}"))
    soon(lambda: bucket.read(f"enrol/staff/ann/{name}") is None)
    bucket.drop(f"scan/sface-n/staff/{name}", photo("obama2.jpg"))
    entry = bucket.result(f"scan/sface-n/staff/{name}")
    (found,) = entry["results"]
    assert (entry["code"], found["label"]) == (200, "found")
    assert found["topPersonData"][0]["persons"][0]["personId"] == "ann"


def test_a_bad_upload_is_removed_at_once_and_a_good_one_stays(bucket):
    bucket.drop("uploads/good.jpg", photo("obama.jpg"))
    bucket.drop("uploads/bad.jpg", b"<script>")
    assert bucket.result("uploads/bad.jpg")["code"] == 590
    soon(lambda: bucket.read("uploads/bad.jpg") is None)
    assert bucket.read("uploads/good.jpg") == photo("obama.jpg")
    assert bucket.read("results/uploads/good.jpg.json") is None


def test_links_and_forms_trigger_the_function_too(bucket):
    place = {"Bucket": bucket.name, "Key": f"{bucket.library}/enrol/staff/ann/link 1.jpg"}
    link = bucket.s3.generate_presigned_url("put_object", Params=place, ExpiresIn=60)
    assert requests.put(link, photo("obama.jpg"), timeout=30).status_code == 200
    form = bucket.s3.generate_presigned_post(bucket.name, f"{bucket.library}/enrol/staff/ann/form+1.jpg", ExpiresIn=60)
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("a.jpg", photo("obama2.jpg"))}, timeout=30)
    assert sent.status_code == 204
    for name in ("link 1.jpg", "form+1.jpg"):
        assert enrolled(bucket.result(f"enrol/staff/ann/{name}")), name


def test_a_replay_enrols_failed_drops(stack, bucket, capsys):
    path = "enrol/staff/ann/1.jpg"
    bucket.drop(f"results/{path}.json", b"what no function of ours has written")
    bucket.drop(path, photo("obama.jpg"))
    soon(lambda: "uploads: 1 messages" in replay(stack, capsys, "--dry-run"))
    assert bucket.read(path) == photo("obama.jpg")
    bucket.s3.delete_object(Bucket=bucket.name, Key=f"{bucket.library}/results/{path}.json")
    assert "uploads: 1 of 1 retried" in replay(stack, capsys, "uploads")
    assert enrolled(bucket.result(path))


def replay(stack, capsys, *options: str) -> str:
    assert main(["replay", *options, "--local", str(stack.state)]) == 0
    return capsys.readouterr().out


def test_a_folder_is_enrolled_from_the_command_line(stack, bucket, tmp_path):
    for path, portrait in {"ann/1.jpg": "obama.jpg", "ann/2 +.jpg": "obama2.jpg", "ben/1.jpg": "biden.jpg"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(photo(portrait))
    (tmp_path / "ben" / "notes.png").write_bytes(b"no image")
    options = ("--group", "staff", "--library", bucket.library, "--local", str(stack.state))
    # In a process of its own: the command takes over the environment and the clients of AWS.
    command = [Path(sys.executable).with_name("visage"), "enrol", tmp_path, *options]
    for said in ("3  enrolled", "3  already enrolled"):
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == 1, ended.stderr
        assert said in ended.stdout and "notes.png  590" in ended.stdout
