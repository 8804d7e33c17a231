"""Client keys and nonces."""

import json

import pytest
from botocore.exceptions import ClientError

from visage import aws
from visage.access import clients as clients_module
from visage.access import nonces
from visage.access.clients import UnknownClientError, clients
from visage.api.security.admission import CLOCK_SECONDS
from visage.errors import Reason, VisageError

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def later(monkeypatch):
    """Advance the clock by some seconds."""

    class Clock:
        now = 1_800_000_000.0

        def time(self):
            return self.now

        monotonic = time

    clock = Clock()
    monkeypatch.setattr(clients_module, "time", clock)
    monkeypatch.setattr(nonces, "time", clock)

    def move(seconds):
        clock.now += seconds
        return clock.now

    return move


def test_a_created_client_is_found():
    created = clients().create("billing", allow=("CompareFaces",))
    assert clients().find(created.id) == created
    assert created.may("CompareFaces") and not created.may("DetectFace")


def test_a_client_whose_first_write_had_no_answer_is_made_once(monkeypatch):
    ssm = clients()._ssm
    put = ssm.put_parameter

    def twice(**parameter):  # as boto3 does when the first answer is lost
        put(**parameter)
        return put(**parameter)

    monkeypatch.setattr(ssm, "put_parameter", twice)
    created = clients().create("billing")
    assert clients().all() == [created]


def test_a_new_client_replaces_nobody(monkeypatch):
    taken = clients().create("billing")
    monkeypatch.setattr(clients_module, "_random", lambda _length: taken.id.removeprefix("LTAI"))
    with pytest.raises(ClientError):
        clients().create("shop")
    assert clients().all() == [taken]


def test_a_client_is_stored_encrypted():
    created = clients().create("billing")
    parameter = aws.client("ssm").get_parameter(Name=f"/visage/test/clients/{created.id}")["Parameter"]
    assert parameter["Type"] == "SecureString"


def test_a_client_without_a_library_has_one_of_its_own():
    assert clients().create("billing").own_library == clients().all()[0].id
    assert clients().create("shop", library="acme").own_library == "acme"


def test_a_client_written_before_there_were_libraries_is_read():
    created = clients().create("billing")
    name = f"/visage/test/clients/{created.id}"
    ssm = aws.client("ssm")
    value = json.loads(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    del value["library"]
    ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps(value), Overwrite=True)
    assert clients().find(created.id).own_library == created.id


def test_an_unknown_client_is_not_found():
    assert clients().find("LTAInobody") is None


@pytest.mark.parametrize("key_id", ["", "../clients/x", "a/b/c/d", "LTAI é", "x" * 200])
def test_an_id_that_could_name_another_parameter_is_never_looked_up(key_id, monkeypatch):
    monkeypatch.setattr(clients(), "_ssm", None)
    assert clients().find(key_id) is None


def test_a_known_client_is_read_once_in_three_minutes(later):
    created = clients().create("billing")
    clients().find(created.id)
    aws.client("ssm").delete_parameter(Name=f"/visage/test/clients/{created.id}")
    later(clients_module.CACHE_SECONDS - 1)
    assert clients().find(created.id) == created
    later(2)
    assert clients().find(created.id) is None


def test_a_disabled_client_stays_listed_but_inactive():
    created = clients().create("billing")
    clients().disable(created.id)
    assert [client.active for client in clients().all()] == [False]


def test_rotation_keeps_the_former_secret_for_its_grace(later):
    first = clients().create("billing")
    second = clients().rotate(first.id, grace_seconds=3600)
    now = later(0)
    assert list(second.valid_secrets(now)) == [second.secrets[0].value, first.secrets[0].value]
    assert list(second.valid_secrets(now + 3601)) == [second.secrets[0].value]


def test_rotation_without_grace_ends_the_former_secret_at_once(later):
    first = clients().create("billing")
    second = clients().rotate(first.id, grace_seconds=0)
    assert list(second.valid_secrets(later(0))) == [second.secrets[0].value] != [first.secrets[0].value]


def test_rotating_twice_leaves_one_former_secret(later):
    first = clients().create("billing")
    clients().rotate(first.id, grace_seconds=3600)
    third = clients().rotate(first.id, grace_seconds=3600)
    assert len(third.secrets) == 2


def test_an_unknown_client_cannot_be_rotated():
    with pytest.raises(UnknownClientError):
        clients().rotate("LTAInobody", grace_seconds=0)


def test_a_temporary_client_has_a_token_and_an_end(later):
    created = clients().create("upload", session_seconds=900)
    assert created.id.startswith("STS.") and created.token and created.ends == later(0) + 900


def test_secrets_and_tokens_are_not_shown():
    created = clients().create("upload", session_seconds=900)
    assert created.secrets[0].value not in repr(created) and created.token not in repr(created)


def test_a_known_client_stays_valid_while_parameter_store_throttles(later, monkeypatch):
    created = clients().create("billing")
    clients().find(created.id)
    later(clients_module.CACHE_SECONDS + 1)
    throttled = ClientError({"Error": {"Code": "ThrottlingException"}}, "GetParameter")
    monkeypatch.setattr(clients()._ssm, "get_parameter", lambda **_: (_ for _ in ()).throw(throttled))
    assert clients().find(created.id) == created
    with pytest.raises(ClientError):
        clients().find("LTAIanother")


def test_creating_never_overwrites_a_client(monkeypatch):
    monkeypatch.setattr(clients_module, "_random", lambda length: "x" * length)
    clients().create("first")
    with pytest.raises(ClientError):
        clients().create("second")


def test_keys_are_cached_for_three_minutes_and_read_again_after_five_seconds():
    assert (clients_module.CACHE_SECONDS, clients_module.REFRESH_SECONDS) == (180, 5)


def test_a_nonce_is_single_use_for_each_client():
    nonces.spend("LTAIone", "n1", "A")
    nonces.spend("LTAIone", "n2", "B")
    nonces.spend("LTAItwo", "n1", "C")
    with pytest.raises(VisageError) as refused:
        nonces.spend("LTAIone", "n1", "D")
    assert refused.value.reason is Reason.NONCE_USED


def test_a_request_whose_write_response_was_lost_may_write_again():
    nonces.spend("LTAIone", "n1", "A")
    nonces.spend("LTAIone", "n1", "A")
    assert aws.client("dynamodb").scan(TableName="visage")["Count"] == 1


@pytest.mark.parametrize("behind", [1, 60, 3600])
def test_a_clock_that_is_behind_lets_no_nonce_be_used_twice(behind, later):
    nonces.spend("LTAIone", "n1", "A")
    later(-behind)
    with pytest.raises(VisageError) as raised:
        nonces.spend("LTAIone", "n1", "B")
    assert raised.value.reason is Reason.NONCE_USED


def test_within_its_grace_a_used_nonce_may_be_used_again_counted_from_the_first_use(later):
    nonces.spend("LTAIone", "s1", "A", grace_seconds=60)
    later(40)
    nonces.spend("LTAIone", "s1", "B", grace_seconds=60)
    later(30)
    with pytest.raises(VisageError) as refused:
        nonces.spend("LTAIone", "s1", "C", grace_seconds=60)
    assert refused.value.reason is Reason.NONCE_USED


def test_a_nonce_is_kept_for_as_long_as_a_signature_can_live():
    assert nonces.KEEP_SECONDS > 2 * CLOCK_SECONDS


def test_a_nonce_is_free_again_when_its_item_has_expired_though_ttl_has_not_yet_collected_it(later):
    nonces.spend("LTAIone", "n1", "A")
    later(nonces.KEEP_SECONDS - 1)
    with pytest.raises(VisageError):
        nonces.spend("LTAIone", "n1", "B")
    later(2)
    nonces.spend("LTAIone", "n1", "C")
    assert aws.client("dynamodb").scan(TableName="visage")["Count"] == 1


@pytest.fixture
def asked(monkeypatch):
    """Names of the calls to the Parameter Store."""
    calls = []
    aws.client("ssm").meta.events.register("before-call.ssm", lambda model, **_: calls.append(model.name), "count")
    yield calls
    aws.client("ssm").meta.events.unregister("before-call.ssm", unique_id="count")


def test_many_unknown_keys_cost_few_parameter_store_calls(later, asked):
    known = [clients().create(str(number)).id for number in range(12)]
    asked.clear()
    for number in range(50):
        assert clients().find(f"LTAIstranger{number}") is None
    assert asked == ["GetParameter"] * clients_module.LOOKUPS + ["GetParametersByPath"] * 2  # two pages
    assert clients().find(known[0]).id == known[0], "who is on the list is let in meanwhile"
    later(clients_module.UNKNOWN_SECONDS + 1)
    asked.clear()
    clients().find("LTAIstranger")
    clients().find("LTAIstranger")
    assert asked == ["GetParameter"], "an unknown key is remembered"


def test_a_client_created_after_an_unknown_key_is_known_at_once():
    clients().find("LTAIstranger")
    other = clients_module.ClientStore("/visage/test/clients/", aws.client("ssm")).create("new")
    assert clients().find(other.id).id == other.id


def test_a_client_created_during_a_flood_of_unknown_keys_is_known_after_a_minute(later):
    for number in range(clients_module.LOOKUPS + 1):
        clients().find(f"LTAIstranger{number}")
    other = clients_module.ClientStore("/visage/test/clients/", aws.client("ssm")).create("new")
    assert clients().find(other.id) is None
    later(clients_module.UNKNOWN_SECONDS + 1)
    assert clients().find(other.id).id == other.id
