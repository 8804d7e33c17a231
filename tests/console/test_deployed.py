"""The page as a deployment serves it: nobody but the browser signs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.target import Target
from console import bundle
from local.stack import Stack
from tests.console.browsing import Open, await_result, put
from tests.console.test_clients import keys_of
from visage.access.clients import Client


@pytest.fixture
def deployed(browser: Any, stack: Stack) -> Iterator[Any]:
    """The page of mode `keys` on the stack's own host, as CloudFront would put it there."""
    files = bundle.bundle("keys")
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)

    def serve(route: Any) -> None:
        asset = files.get(route.request.url.partition("/console/")[2].partition("#")[0])
        headers = {"Content-Type": asset.type, **bundle.headers()} if asset else {}
        route.fulfill(status=200 if asset else 404, headers=headers, body=asset.content if asset else b"")

    page.route(f"{stack.url}/console/**", serve)
    page.goto(f"{stack.url}/console/")
    yield page
    context.close()


def test_a_user_signs_in_compares_and_sees_the_keys_permissions(deployed: Any, stack: Stack, photos: Path):
    client = Target("", _description(stack)).clients.create("page", ("CompareFaces", "DetectFace", "GetGroups"))
    _sign_in(deployed, client)
    await_result(deployed, deployed.get_by_role("heading", name="Compare"))
    put(deployed, "First picture", photos / "obama.jpg")
    put(deployed, "Second picture", photos / "biden.jpg")
    await_result(deployed, deployed.get_by_text("Different people", exact=True))
    deployed.get_by_role("link", name="Library").click()
    deployed.get_by_text("Nobody is enrolled yet").wait_for()
    assert deployed.get_by_role("button", name="Add persons").count() == 0  # probed, as no stack tells
    deployed.get_by_role("link", name="Clients").click()
    deployed.get_by_text("visage client create").wait_for()
    deployed.get_by_role("button", name="Sign out").click()
    deployed.get_by_role("heading", name="Sign in with your keys").wait_for()


def test_an_operator_makes_a_client_that_can_call_and_disables_it(deployed: Any, stack: Stack):
    store = Target("", _description(stack)).clients
    operator = store.create("operator", ("ManageClients",))
    _sign_in(deployed, operator)
    await_result(deployed, deployed.get_by_role("link", name="Clients"))
    deployed.get_by_role("link", name="Clients").click()
    own = deployed.get_by_role("listitem").filter(has_text=operator.id)
    own.get_by_text("this console").wait_for()
    assert own.get_by_role("button").count() == 0

    key_id, secret = keys_of(deployed, "compare", "desk")
    made = store.find(key_id, fresh=True)
    assert made.secrets[0].value == secret and made.allow == ("CompareFaces", "DetectFace") and made.active
    entry = deployed.get_by_role("listitem").filter(has_text=key_id)
    entry.get_by_role("button", name="Disable").click()
    entry.get_by_text("disabled").wait_for()
    assert not Target("", _description(stack)).clients.find(key_id).active  # a new reader, which trusts no cache


def test_where_no_key_can_change_clients_the_commands_are_shown(deployed: Any, stack: Stack):
    refusal = {"Code": "InvalidAction.NotFound", "Message": "Specified api is not found.", "code": 404}
    deployed.route("**/visage/clients", lambda route: route.fulfill(status=404, json=refusal))
    _sign_in(deployed, Target("", _description(stack)).clients.create("operator", ("*", "ManageClients")))
    await_result(deployed, deployed.get_by_role("link", name="Clients"))
    deployed.get_by_role("link", name="Clients").click()
    deployed.get_by_text("visage client create").wait_for()
    assert deployed.get_by_role("button", name="New client").count() == 0


def test_the_request_for_curl_works_as_it_is_shown(opened: Open, stack: Stack, photos: Path, tmp_path: Path):
    for name, photo in (("source.jpg", "obama.jpg"), ("target.jpg", "biden.jpg")):
        (tmp_path / name).write_bytes((photos / photo).read_bytes())
    page = opened("compare")
    page.get_by_text("This request as code").click()
    page.get_by_role("button", name="curl").click()
    text = _filled(page.locator(".code pre").inner_text(), stack)

    done = subprocess.run(["bash", "-euc", text], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert '"SimilarityScore"' in done.stdout or "Error.Timeout" in done.stdout, done.stdout + done.stderr


def test_the_request_for_python_works_as_it_is_shown(opened: Open, stack: Stack, photos: Path, tmp_path: Path):
    for name, photo in (("source.jpg", "obama.jpg"), ("target.jpg", "biden.jpg")):
        (tmp_path / name).write_bytes((photos / photo).read_bytes())
    page = opened("compare")
    page.get_by_text("This request as code").click()
    text = _filled(page.locator(".code pre").inner_text(), stack)

    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "0.0001" in done.stdout or "Error.Timeout" in done.stderr, done.stdout + done.stderr


def _sign_in(page: Any, client: Client) -> None:
    page.get_by_role("heading", name="Sign in with your keys").wait_for()
    page.get_by_label("AccessKeyId").fill(client.id)
    page.get_by_label("AccessKeySecret").fill(client.secrets[0].value)
    page.get_by_role("button", name="Sign in").click()


def _filled(code: str, stack: Stack) -> str:
    """The code with the stack's keys in place of their names, in whichever quotes."""
    assert stack.client
    for name, value in (("AccessKeyId", stack.client.id), ("AccessKeySecret", stack.client.secret)):
        for quote in "'\"":
            code = code.replace(f"{quote}{name}{quote}", f"{quote}{value}{quote}")
    return code


def _description(stack: Stack) -> dict[str, Any]:
    return json.loads((stack.state / "stack.json").read_text())
