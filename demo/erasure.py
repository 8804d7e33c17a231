"""Enrols, finds and deletes a person; the operator's command proves that nothing is left."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from aliyunsdkcore.client import AcsClient

from demo.calls import inline
from demo.library import call_green
from demo.steps import Step

PERSON, GROUP = "leaver", "leavers"


def steps(client: AcsClient, endpoint: str, folder: Path, state: Path) -> Iterator[Step]:
    image, again = (inline((folder / name).read_bytes()) for name in ("obama.jpg", "obama2.jpg"))
    call_green(client, endpoint, "AddPerson", {"personId": PERSON, "groupIds": [GROUP], "name": "Leaver"})
    added = call_green(client, endpoint, "AddFaces", {"personId": PERSON, "urls": [image]})
    yield Step(f"add {PERSON} with a face", added["msg"], "OK", added["code"] == 200)
    task = {"url": again, "extras": {"groupId": GROUP}}
    found = call_green(client, endpoint, "ImageSyncScan", {"scenes": ["sface-n"], "tasks": [task]})
    label = found["data"][0]["results"][0]["label"]
    yield Step(f"search {PERSON}", label, "found", label == "found")
    yield _verify("look for remnants", state, "remnants of leaver", left=True)
    deleted = call_green(client, endpoint, "DeletePerson", {"personId": PERSON})
    yield Step(f"delete {PERSON}", deleted["msg"], "OK", deleted["code"] == 200)
    yield _verify("purge, look again", state, "nothing is left of leaver", left=False, purge=True)


def _verify(call: str, state: Path, expected: str, *, left: bool, purge: bool = False) -> Step:
    """Run `visage verify-erasure`, whose exit status is the proof."""
    command = [sys.executable, "-m", "cli.main", "verify-erasure", PERSON, "--local", str(state)]
    done = subprocess.run([*command, *(["--purge"] if purge else [])], capture_output=True, text=True, check=False)
    last = (done.stdout or done.stderr).splitlines()[-1]
    return Step(call, f"{last}, exit status {done.returncode}", expected, done.returncode == left and expected in last)
