"""The operator's command line against AWS (in memory)."""

import json
import re
import stat
import tomllib
import urllib.request

import pytest

from cli.main import main
from tests.conftest import ROOT
from tests.support.deployed import describe
from visage import aws
from visage.access.clients import ClientStore


@pytest.fixture(autouse=True)
def stacks(deployment, monkeypatch):
    describe(monkeypatch)


@pytest.fixture
def store():
    return ClientStore("/visage/prod/clients/", aws.client("ssm"))


def run(capsys, *arguments):
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def created(capsys, *options):
    _, out, _ = run(capsys, "client", "create", "billing", "--stack", "prod", *options)
    return dict(re.findall(r"^(\w+) +(\S+)$", out, re.MULTILINE))


def test_create_prints_keys_that_the_functions_find(capsys, store):
    keys = created(capsys)
    client = store.find(keys["AccessKeyId"])
    assert client.secrets[0].value == keys["AccessKeySecret"] and client.may("CompareFaces")


def test_create_can_restrict_a_client_to_actions(capsys, store):
    keys = created(capsys, "--allow", "DetectFace, AddPerson")
    assert store.find(keys["AccessKeyId"]).allow == ("DetectFace", "AddPerson")


def test_create_can_let_clients_share_a_library(capsys, store):
    first, second = created(capsys), created(capsys, "--library", "acme")
    third = created(capsys, "--library", first["AccessKeyId"])
    libraries = [store.find(keys["AccessKeyId"]).own_library for keys in (first, second, third)]
    assert libraries == [first["AccessKeyId"], "acme", first["AccessKeyId"]]


@pytest.mark.parametrize("library", ["a/b", "a#b", "..", "x" * 65, "é"])
def test_a_librarys_name_cannot_reach_into_another_library(capsys, library):
    status, _, err = run(capsys, "client", "create", "billing", "--stack", "prod", "--library", library)
    assert status == 2 and err.startswith("visage: a library's name is a letter or digit, then up to 63 letters")


def test_create_makes_temporary_clients(capsys, store):
    keys = created(capsys, "--session", "15")
    assert store.find(keys["AccessKeyId"]).token == keys["SecurityToken"]


def test_list_shows_every_client_and_no_secret(capsys):
    keys = created(capsys)
    _, out, _ = run(capsys, "client", "list", "--stack", "prod")
    own = keys["AccessKeyId"]
    assert re.search(rf"^{own} +billing +active +{own} +default +default +\* +[0-9a-f]{{8}}$", out, re.MULTILINE)
    assert keys["AccessKeySecret"] not in out


def test_disable_makes_a_client_inactive(capsys, store):
    keys = created(capsys)
    assert run(capsys, "client", "disable", keys["AccessKeyId"], "--stack", "prod")[0] == 0
    assert not store.find(keys["AccessKeyId"]).active


def test_rotate_prints_a_new_secret_and_keeps_the_former_for_its_grace(capsys, store):
    keys = created(capsys)
    _, out, _ = run(capsys, "client", "rotate", keys["AccessKeyId"], "--stack", "prod", "--grace", "2")
    renewed = re.search(r"^AccessKeySecret +(\S+)$", out, re.MULTILINE)[1]
    assert [secret.value for secret in store.find(keys["AccessKeyId"]).secrets] == [renewed, keys["AccessKeySecret"]]
    assert "2 more hours" in out


def test_stacks_do_not_see_each_others_clients(capsys):
    keys = created(capsys)
    _, out, _ = run(capsys, "client", "list", "--stack", "other")
    assert keys["AccessKeyId"] not in out


def test_an_unknown_client_is_one_clear_sentence(capsys):
    status, _, err = run(capsys, "client", "disable", "LTAInobody", "--stack", "prod")
    assert (status, err) == (2, "visage: no client has the id LTAInobody\n")


def test_no_local_stack_is_one_clear_sentence(capsys, tmp_path):
    status, _, err = run(capsys, "client", "list", "--local", str(tmp_path))
    assert status == 2 and err.startswith("visage: no local stack runs with the state folder")


@pytest.mark.parametrize("content", ["{", "{}"])
def test_a_broken_description_of_a_local_stack_is_one_clear_sentence(capsys, tmp_path, content):
    (tmp_path / "stack.json").write_text(content)
    status, _, err = run(capsys, "client", "list", "--local", str(tmp_path))
    assert status == 2 and err.endswith("stack.json does not describe a local stack\n")


def test_a_client_without_allowed_actions_is_not_created(capsys):
    status, _, err = run(capsys, "client", "create", "billing", "--stack", "prod", "--allow", " ,")
    assert (status, err) == (2, "visage: --allow lists no action\n")


def test_rotate_without_grace_says_how_long_the_former_secret_may_still_work(capsys):
    keys = created(capsys)
    _, out, _ = run(capsys, "client", "rotate", keys["AccessKeyId"], "--stack", "prod", "--grace", "0")
    assert "no longer works" in out and "3 more minutes" in out


def test_an_unreadable_photo_is_one_clear_sentence(capsys, tmp_path):
    keys = tmp_path / "client.json"
    keys.write_text('{"accessKeyId": "a", "accessKeySecret": "b"}')
    where = ("--endpoint", "http://127.0.0.1:9", "--client", str(keys))
    status, _, err = run(capsys, "compare", "none.jpg", "none.jpg", *where)
    assert (status, err) == (2, "visage: cannot read none.jpg: No such file or directory\n")


@pytest.mark.parametrize("command", [("client", "create", "billing"), ("client", "list"), ("purge",), ("replay",)])
def test_a_stack_that_does_not_exist_is_one_clear_sentence(capsys, command):
    status, out, err = run(capsys, *command, "--stack", "prodd")
    assert (status, out) == (2, "")
    assert err == "visage: Stack with id prodd does not exist (choose another one with --stack)\n"


def test_create_saves_keys_where_compare_reads_them(capsys, store, tmp_path, monkeypatch):
    file, asked = tmp_path / "client.json", []
    _, out, _ = run(capsys, "client", "create", "till", "--session", "15", "--stack", "prod", "--save", str(file))
    keys = json.loads(file.read_text())
    (client,) = store.all()
    assert keys == {
        "accessKeyId": client.id, "accessKeySecret": client.secrets[0].value, "securityToken": client.token,
    }  # fmt: skip
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert client.id in out and keys["accessKeySecret"] not in out and keys["securityToken"] not in out

    def urlopen(request, **_options):
        asked.append(request.full_url)
        raise OSError("no way")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    address = "https://photos.test/a.jpg"
    status, _, err = run(capsys, "compare", address, address, "--stack", "prod", "--client", str(file))
    assert (status, err) == (2, "visage: https://prod.example.com does not respond: no way\n")
    assert client.id in asked[0] and f"SecurityToken={client.token}" in asked[0]


def test_an_existing_file_is_not_overwritten(capsys, store, tmp_path):
    file = tmp_path / "client.json"
    file.write_text("the only copy")
    status, _, err = run(capsys, "client", "create", "till", "--stack", "prod", "--save", str(file))
    assert status == 2 and err.endswith("exists already; choose another file\n")
    assert file.read_text() == "the only copy" and store.all() == []


def test_rotate_saves_the_new_secret(capsys, store, tmp_path):
    keys = created(capsys)
    run(capsys, "client", "rotate", keys["AccessKeyId"], "--stack", "prod", "--save", str(tmp_path / "new.json"))
    saved = json.loads((tmp_path / "new.json").read_text())
    assert saved["accessKeySecret"] == store.find(keys["AccessKeyId"]).secrets[0].value != keys["AccessKeySecret"]


def test_no_file_is_left_if_keys_were_not_created(capsys, tmp_path):
    file = tmp_path / "new.json"
    assert run(capsys, "client", "rotate", "LTAInobody", "--stack", "prod", "--save", str(file))[0] == 2
    assert not file.exists()


def test_a_second_client_of_the_same_name_is_created_with_a_note(capsys, store):
    first = created(capsys)
    status, _, err = run(capsys, "client", "create", "billing", "--stack", "prod")
    assert (status, err) == (0, f"visage: note: the client {first['AccessKeyId']} also has the name billing\n")
    assert len(store.all()) == 2


def test_compare_without_keys_says_how_to_get_some(capsys):
    status, _, err = run(capsys, "compare", "a.jpg", "b.jpg", "--stack", "prod")
    assert status == 2 and "visage client create NAME --save FILE" in err


def test_a_clients_limits_can_be_set_and_changed(capsys, store):
    keys = created(capsys, "--rate", "2.5", "--daily", "100000")
    client = store.find(keys["AccessKeyId"])
    assert (client.rate, client.daily) == (2.5, 100_000)
    _, out, _ = run(capsys, "client", "list", "--stack", "prod")
    assert re.search(r" 2.5 +100000 +\* +[0-9a-f]{8}$", out, re.MULTILINE)
    status, out, _ = run(capsys, "client", "limit", client.id, "--rate", "0", "--stack", "prod")
    assert status == 0 and "unlimited requests per second, default per day" in out
    (client,) = store.all()
    assert (client.rate, client.daily) == (0, None)


@pytest.mark.parametrize("given", [("--rate", "-1"), ("--rate", "nan"), ("--daily", "1.5"), ("--daily", "many")])
def test_an_invalid_limit_is_refused(capsys, given):
    with pytest.raises(SystemExit) as ended:
        run(capsys, "client", "create", "till", "--stack", "prod", *given)
    assert ended.value.code == 2


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"visage {project['version']}\n"
