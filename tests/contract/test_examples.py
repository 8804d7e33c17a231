"""The samples of examples/, each run as its reader runs it."""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid

import pytest

from demo import portraits
from tests.conftest import ROOT
from tests.contract import drivers

EXAMPLES = ROOT / "examples"
PHOTOS = ("obama.jpg", "obama2.jpg")
SAMPLES = [f"{language} {sdk}" for language in ("python", "node", "java", "go") for sdk in ("classic", "tea")]
REFUSED = "InvalidParam.ImageValuePatternError"


@pytest.fixture
def given(stack, keys):
    """What a sample is told."""
    return {"VISAGE_ENDPOINT": stack.url, "VISAGE_KEY_ID": keys[0], "VISAGE_KEY_SECRET": keys[1]}


def run(command, variables, seconds=120) -> str:
    answer = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=seconds, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def photos(*names: str) -> list[str]:
    return [str(portraits.portraits() / name) for name in names]


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"this machine has no {name}: its sample is not run here")
    return found


def check(told: str) -> None:
    lines = dict(line.split(": ", 1) for line in told.splitlines())
    assert re.fullmatch(r"\d\d\.\d\d, the same person", lines["compare"])
    assert re.fullmatch(r"smile [01]\.\d\d, glasses None, Short", lines["detect"])
    assert re.fullmatch(r"found, sample-\S+, \d\d\.\d\d", lines["search"])
    assert lines["refused"] == REFUSED


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_says_what_its_reader_expects(sample, given):
    language, sdk = sample.split()
    if language == "python":
        command, variables = [sys.executable, str(EXAMPLES / "python" / f"{sdk}.py")], dict(os.environ)
    else:
        command, variables = drivers.command(language, sdk), drivers.environment(language)[0]
    check(run([*command, *photos(*PHOTOS)], variables | given))


def test_php(given):
    check(run([tool("php"), str(EXAMPLES / "php" / "sample.php"), *photos(*PHOTOS)], os.environ | given))


def test_dotnet(given, tmp_path):
    compiler, runtime = tool("mcs"), tool("mono")
    program = str(tmp_path / "sample.exe")
    run([compiler, f"-out:{program}", str(EXAMPLES / "dotnet" / "Sample.cs")], dict(os.environ))
    told = run([runtime, program, *photos(*PHOTOS)], os.environ | given)
    assert re.fullmatch(r"compare: \d\d\.\d+\ndetect: glasses None\nsearch: found, sample-net\n", told)


def test_curl(given):
    tool("curl"), tool("openssl")
    told = json.loads(run(["bash", str(EXAMPLES / "curl" / "compare.sh"), *photos(*PHOTOS)], os.environ | given))
    assert told["Success"] is True and told["Data"]["SimilarityScore"] > 80


def test_shadow_mode_prints_where_two_services_disagree(given, tmp_path):
    keys, pairs = tmp_path / "keys.json", tmp_path / "pairs.csv"
    keys.write_text(json.dumps({"accessKeyId": given["VISAGE_KEY_ID"], "accessKeySecret": given["VISAGE_KEY_SECRET"]}))
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"accessKeyId": f"LTAI{uuid.uuid4().hex}", "accessKeySecret": "none"}))
    pairs.write_text("\n".join(",".join(photos("obama.jpg", other)) for other in ("obama2.jpg", "biden.jpg")))
    command = [sys.executable, str(EXAMPLES / "python" / "shadow.py"), str(pairs), "--here", given["VISAGE_ENDPOINT"]]
    command += ["--here-keys", str(keys), "--there", given["VISAGE_ENDPOINT"], "--there-keys"]
    assert run([*command, str(keys)], dict(os.environ)) == "2 of 2 pairs alike\n"
    other = subprocess.run([*command, str(wrong)], capture_output=True, text=True, timeout=120, check=False)
    assert other.returncode == 1 and other.stdout.count("there InvalidAccessKeyId.NotFound , here ") == 2


def test_the_notebook_runs_cell_by_cell(monkeypatch):
    """Without any setting, from the folder in which it lies."""
    portraits.link(ROOT / ".build" / "portraits")
    for name in [name for name in os.environ if name.startswith("VISAGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(EXAMPLES)
    cells, names = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))["cells"], {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "notebook", "exec"), names)
