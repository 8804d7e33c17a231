"""ManageClients: what an operator's key can do to clients, and what it cannot."""

from datetime import UTC, datetime

import pytest

from visage.access import trail
from visage.access.clients import ClientStore, clients
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def operator():
    return clients().create("operator", ("ManageClients",))


@pytest.fixture
def manage(call, operator):
    return lambda verb, **body: call("manage_clients", operator, operation=verb, **body)


@pytest.fixture
def made(manage):
    return manage("create", name=" Till ", allow=["CompareFaces"], library="shop", rate=2.5, daily=100)["client"]


def stored(client_id):
    """A client, by a reader that trusts no cache."""
    return ClientStore(settings().client_path, clients()._ssm).find(client_id)


def test_a_client_is_made_and_can_call(call, made):
    client = stored(made["clientId"])
    assert (client.name, client.allow, client.library, client.rate, client.daily) == (
        "Till", ("CompareFaces",), "shop", 2.5, 100,
    )  # fmt: skip
    assert made["secret"] == client.secrets[0].value
    assert call("get_groups", client)[0] == 596  # admitted, and refused for its permissions alone


def test_the_list_shows_all_clients_and_no_secret(manage, made, client, operator):
    found = {each["clientId"]: each for each in manage("list")["clients"]}
    assert found.keys() == {made["clientId"], client.id, operator.id}
    assert found[made["clientId"]] == {name: value for name, value in made.items() if name != "secret"}
    assert not any("secret" in each for each in found.values())


def test_a_client_is_limited(manage, made):
    changed = manage("limit", clientId=made["clientId"], rate=0, daily=None)["client"]
    assert (changed["rate"], changed["daily"]) == (0, None)
    assert (stored(made["clientId"]).rate, stored(made["clientId"]).daily) == (0, None)


def test_a_new_secret_leaves_the_former_one_some_hours(manage, made):
    first, now = stored(made["clientId"]).secrets[0].value, datetime.now(UTC).timestamp()
    second = manage("rotate", clientId=made["clientId"], hours=2)["client"]["secret"]
    client = stored(made["clientId"])
    assert list(client.valid_secrets(now + 7000)) == [second, first]
    assert list(client.valid_secrets(now + 7300)) == [second]


def test_a_new_secret_can_end_the_former_one_at_once(manage, made):
    second = manage("rotate", clientId=made["clientId"], hours=0)["client"]["secret"]
    assert [each.value for each in stored(made["clientId"]).secrets] == [second]


def test_a_client_is_disabled(manage, made):
    assert manage("disable", clientId=made["clientId"])["client"]["active"] is False
    assert not stored(made["clientId"]).active


def test_all_permissions_do_not_make_an_operator(call, client, manage, made):
    assert client.allow == ("*",)
    assert call("manage_clients", client, operation="list")[0] == 596


def test_an_operator_makes_no_operator(manage):
    for allow in (["ManageClients"], ["CompareFaces", "ManageClients"]):
        assert manage("create", name="second", allow=allow)[0] == 400
    assert len(clients().all()) == 2


def test_an_operator_changes_neither_itself_nor_another(manage, operator):
    other = clients().create("other operator", ("ManageClients",))
    for client_id in (operator.id, other.id):
        for verb in ("limit", "rotate", "disable"):
            assert manage(verb, clientId=client_id)[0] == 400
        assert stored(client_id) == {operator.id: operator, other.id: other}[client_id]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("delete", {}),
        (None, {}),
        (["list"], {}),
        ("_told", {}),
        ("disable", {}),
        ("disable", {"clientId": 7}),
        ("disable", {"clientId": "LTAInobody"}),
        ("disable", {"clientId": "../clients/LTAI"}),
        ("create", {"allow": ["*"]}),
        ("create", {"name": "  ", "allow": ["*"]}),
        ("create", {"name": "x" * 65, "allow": ["*"]}),
        ("create", {"name": ["x"], "allow": ["*"]}),
        ("create", {"name": "x"}),
        ("create", {"name": "x", "allow": []}),
        ("create", {"name": "x", "allow": "*"}),
        ("create", {"name": "x", "allow": ["Compare Faces"]}),
        ("create", {"name": "x", "allow": [None]}),
        ("create", {"name": "x", "allow": ["*"] * 65}),
        ("create", {"name": "x", "allow": ["*"], "library": "a/b"}),
        ("create", {"name": "x", "allow": ["*"], "library": 1}),
        ("create", {"name": "x", "allow": ["*"], "rate": -1}),
        ("create", {"name": "x", "allow": ["*"], "rate": True}),
        ("create", {"name": "x", "allow": ["*"], "rate": "1"}),
        ("create", {"name": "x", "allow": ["*"], "daily": 1.5}),
        ("create", {"name": "x", "allow": ["*"], "daily": 10**10}),
    ],
)
def test_what_breaks_a_rule_is_refused_and_changes_nothing(manage, made, verb, body):
    before = clients().all()
    code, message = manage(verb, **body)
    assert code == 400 and message.endswith(".")
    assert clients().all() == before


@pytest.mark.parametrize("hours", [-1, 721, 1.5, "soon"])
def test_a_former_secret_lasts_a_month_at_most(manage, made, hours):
    assert manage("rotate", clientId=made["clientId"], hours=hours)[0] == 400


def test_a_change_is_in_the_audit_trail_with_the_client(manage, made, operator):
    manage("disable", clientId=made["clientId"])
    found = [each for each in trail.read(operator.id, datetime.fromtimestamp(0, UTC)) if "clients" in each.ids]
    assert [(each.operation, each.outcome, each.ids["clients"]) for each in found] == [
        ("ManageClients", "OK", [made["clientId"]]),
        ("ManageClients", "BEGUN", [made["clientId"]]),
        ("ManageClients", "OK", [made["clientId"]]),
    ]
