"""Interactive liveness over HTTP, signed by the official client."""

import json
import uuid

import boto3
import numpy as np
import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

from cli.deployment.target import Target
from demo.acting import Actor, jpeg
from demo.calls import inline
from demo.liveness import call_liveness, moved
from demo.portraits import portraits
from tests.support.faces import load
from tests.support.faces import models as models
from visage.api.payloads.liveness import SECONDS


@pytest.fixture
def call(stack, keys):
    client = AcsClient(*keys, "cn-shanghai")
    return lambda operation, body: call_liveness(client, stack.url, operation, body)


@pytest.fixture
def uploaded(stack, keys):
    """Upload a file as the client; return its address."""
    told = json.loads((stack.state / "stack.json").read_text())
    (bucket,) = [name for name in told["buckets"] if "upload" in name]
    access = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    s3 = boto3.client("s3", endpoint_url=stack.endpoint, region_name="us-east-1", **access)

    def put(content):
        key = f"{keys[0]}/uploads/{uuid.uuid4().hex}.jpg"
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        return f"oss://{bucket}/{key}"

    return put


@pytest.fixture
def actor(models):
    return Actor(load(portraits() / "obama.jpg"))


def refusal(call, body):
    answer = call("verify", body)
    return answer["code"], answer["Code"]


def test_a_person_passes_and_the_session_is_used_up(call, actor, uploaded):
    session = call("session", {})["data"]
    assert set(session) == {"code", "sessionId", "actions", "expiresAt", "advice"}
    assert set(session["actions"]) <= {"blink", "openMouth", "shake", "nod"} and len(session["actions"]) == 3
    urls = []
    for number, frame in enumerate(actor.act(*session["actions"])):
        urls.append(uploaded(jpeg(frame)) if number % 2 else inline(jpeg(frame)))
    data = call("verify", {"sessionId": session["sessionId"], "urls": urls})["data"]
    assert [(each["action"], each["passed"]) for each in data["actions"]] == [(a, True) for a in session["actions"]]
    assert (data["passed"], data["reasons"], data["samePerson"]) == (True, [], True)
    assert data["best"]["recapture"]["label"] == "normal"
    again = {"sessionId": session["sessionId"], "urls": urls}
    assert refusal(call, again) == (400, "InvalidParam.SessionUsed")


def test_another_clients_session_is_unknown(call, stack, keys):
    session = call("session", {})["data"]["sessionId"]
    store = Target("visage", json.loads((stack.state / "stack.json").read_text())).clients
    other = store.create(uuid.uuid4().hex, library=keys[0])
    stranger = AcsClient(other.id, other.secrets[0].value, "cn-shanghai")
    body = {"sessionId": session, "urls": ["base64://AAAA"] * 8}
    assert call_liveness(stranger, stack.url, "verify", body)["Code"] == "InvalidParam.SessionNotExists"
    assert refusal(call, {**body, "sessionId": "x" * 32}) == (404, "InvalidParam.SessionNotExists")


def test_a_photo_in_somebodys_hand_fails(call, actor):
    session = call("session", {})["data"]["sessionId"]
    urls = [inline(jpeg(frame)) for frame in moved(actor)]
    data = call("verify", {"sessionId": session, "urls": urls})["data"]
    assert not data["passed"] and "actionMissing" in data["reasons"]


def test_sixty_frames_are_a_request_and_are_answered_in_time_or_with_a_timeout(call, actor):
    session = call("session", {})["data"]
    frames = actor.act(*session["actions"])
    while len(frames) < 60:
        frames.append(actor.filmed(actor.still, np.random.default_rng(len(frames)).normal(0, 2, 2)))
    body = {"sessionId": session["sessionId"], "urls": [inline(jpeg(frame)) for frame in frames]}
    assert len(json.dumps(body)) < 6 * 2**20
    try:
        assert len(call("verify", body)["data"]["actions"]) == 3
    except ServerException as error:
        assert error.get_error_code() == "Error.Timeout" and SECONDS < 6
