"""Upload grants: which prefixes a session reaches, for how long, and what a form allows."""

import base64
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from visage import aws
from visage.access.clients import clients
from visage.access.grants import LARGEST, grant_uploads
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


@contextmanager
def asked_of_sts():
    """The parameters of each call."""
    calls, events = [], aws.client("sts").meta.events

    def note(params, **_context):
        calls.append(params)

    events.register("provide-client-params.sts.AssumeRole", note)
    try:
        yield calls
    finally:
        events.unregister("provide-client-params.sts.AssumeRole", note)


def asked(client):
    """The parameters of the STS call that issues a client's grant."""
    with asked_of_sts() as calls:
        grant_uploads(client)
    (call,) = calls
    return call


def statement(client):
    """The session policy's statement about objects."""
    statements = json.loads(asked(client)["Policy"])["Statement"]
    (about_objects,) = [each for each in statements if each["Action"] == "s3:PutObject"]
    return about_objects


def test_a_session_may_put_objects_below_the_clients_own_prefixes_and_nothing_else():
    client = clients().create("shop", library="acme")
    prefixes = [f"arn:aws:s3:::visage-uploads/acme/{kind}/*" for kind in ("uploads", "enrol", "scan")]
    assert statement(client) == {"Effect": "Allow", "Action": "s3:PutObject", "Resource": prefixes}


def test_the_buckets_key_is_used_through_s3_alone():
    objects, key = json.loads(asked(clients().create("shop"))["Policy"])["Statement"]
    assert objects["Action"] == "s3:PutObject"
    assert all(action.startswith("kms:") for action in key["Action"])
    assert key["Condition"] == {"StringLike": {"kms:ViaService": "s3.eu-central-1.amazonaws.com*"}}


def test_a_client_without_a_library_has_prefixes_of_its_own():
    client = clients().create("shop", allow=("CompareFaces",))
    assert statement(client)["Resource"] == [f"arn:aws:s3:::visage-uploads/{client.id}/uploads/*"]


@pytest.mark.parametrize(
    ("allow", "kinds"),
    [
        (("CompareFaces",), {"uploads"}),
        (("AddPerson",), {"uploads"}),
        (("AddFaces",), {"uploads"}),
        (("AddPerson", "AddFaces"), {"uploads", "enrol"}),
        (("ImageAsyncScan",), {"uploads", "scan"}),
        (("*",), {"uploads", "enrol", "scan"}),
    ],
)
def test_drop_folders_are_writable_only_with_the_operations_permission(allow, kinds):
    client = clients().create("shop", allow=allow, library="acme")
    assert {resource.split("/")[-2] for resource in statement(client)["Resource"]} == kinds
    assert set(grant_uploads(client).folders) == kinds - {"uploads"}


def test_the_policy_names_the_partition_of_the_role(monkeypatch):
    monkeypatch.setenv("VISAGE_UPLOAD_ROLE", "arn:aws-cn:iam::123456789012:role/uploads")
    settings.cache_clear()
    assert statement(clients().create("shop"))["Resource"][0].startswith("arn:aws-cn:s3:::visage-uploads/")


@pytest.mark.parametrize(("lasts", "seconds"), [(None, 1800), (7200, 1800), (1200, 1200), (60, 900)])
def test_a_grant_lasts_no_longer_than_its_client_or_thirty_minutes_as_far_as_sts_can(lasts, seconds):
    client = clients().create("shop", session_seconds=lasts)
    assert asked(client)["DurationSeconds"] == pytest.approx(seconds, abs=5)
    ends = grant_uploads(client).ends - datetime.now(UTC)
    assert ends.total_seconds() == pytest.approx(seconds, abs=10)


def test_a_session_is_named_after_its_client():
    client = clients().create("shop")
    assert asked(client)["RoleSessionName"] == client.id
    assert asked(client)["RoleArn"] == settings().upload_role


def test_every_grant_has_a_folder_of_its_own():
    client = clients().create("shop", library="acme")
    first, second = grant_uploads(client), grant_uploads(client)
    assert first.folder != second.folder
    assert all(grant.folder.startswith("acme/uploads/") and not grant.folder.endswith("/") for grant in (first, second))
    assert first.folders == {"enrol": "acme/enrol", "scan": "acme/scan"}


def test_a_grant_says_where_s3_is():
    grant = grant_uploads(clients().create("shop"))
    assert grant.endpoint == "https://s3.eu-central-1.amazonaws.com"
    assert (grant.region, grant.bucket) == ("eu-central-1", "visage-uploads")
    assert grant.form.url == "https://s3.eu-central-1.amazonaws.com/visage-uploads"


def test_a_form_takes_images_of_at_most_twenty_megabytes_below_its_folder_until_the_session_ends():
    grant = grant_uploads(clients().create("shop", library="acme"))
    policy = json.loads(base64.b64decode(grant.form.policy))
    assert datetime.fromisoformat(policy["expiration"]) - grant.ends < timedelta(seconds=1)
    for condition in (
        {"bucket": "visage-uploads"},
        ["starts-with", "$key", f"{grant.folder}/"],
        ["starts-with", "$Content-Type", "image/"],
        ["content-length-range", 1, 20 * 2**20],
        {"x-amz-security-token": grant.token},
    ):
        assert condition in policy["conditions"]
    assert LARGEST == 20 * 2**20


def test_every_field_of_a_form_is_in_its_policy():
    form = grant_uploads(clients().create("shop")).form
    conditions = json.loads(base64.b64decode(form.policy))["conditions"]
    covered = {name for condition in conditions if isinstance(condition, dict) for name in condition}
    listed = [condition for condition in conditions if isinstance(condition, list)]
    covered |= {name.removeprefix("$") for operator, name, *_rest in listed if operator == "starts-with"}
    assert set(form.fields) - {"policy", "x-amz-signature"} <= covered


def test_a_form_is_signed_by_the_session_and_not_by_the_function():
    grant = grant_uploads(clients().create("shop"))
    assert grant.form.fields["x-amz-credential"].startswith(f"{grant.key_id}/")
    assert grant.form.fields["x-amz-date"][:8] == time.strftime("%Y%m%d", time.gmtime())


def test_a_grants_repr_has_no_secret():
    grant = grant_uploads(clients().create("shop"))
    for secret in (grant.secret, grant.token, grant.form.policy, grant.form.signature):
        assert secret not in repr(grant)
