"""`visage replay` on a deployment in memory."""

import json

import pytest

from cli.deployment.target import Target
from cli.main import main
from cli.operations.replay import LETTERS
from visage import aws

pytestmark = pytest.mark.usefixtures("deployment")


class Function:
    """The part of Lambda that replay calls."""

    def __init__(self):
        self.invoked = []

    def invoke(self, FunctionName, InvocationType, Payload):
        assert (FunctionName, InvocationType) == ("OnUploadFunction", "Event")
        self.invoked.append(json.loads(Payload))


@pytest.fixture
def function(monkeypatch):
    """The queues of a stack by their logical ids, and its function."""
    sqs, function, client = aws.client("sqs"), Function(), Target.client
    for name in (*(letters.queue for letters in LETTERS.values()), "ScanQueue", "CallbackQueue"):
        sqs.create_queue(QueueName=name)
    monkeypatch.setattr(Target, "resource", lambda _self, name: name if name == "OnUploadFunction" else url(name))
    asked = {"lambda": lambda _target: function, "sqs": lambda target: client(target, "sqs")}
    monkeypatch.setattr(Target, "client", lambda target, service: asked[service](target))
    return function


def url(queue):
    return aws.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]


def put(queue, *bodies):
    for body in bodies:
        aws.client("sqs").send_message(QueueUrl=url(queue), MessageBody=body)


def bodies(queue):
    received = aws.client("sqs").receive_message(QueueUrl=url(queue), MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in received)


def run(capsys, *arguments):
    status = main(["replay", *arguments])
    return status, *capsys.readouterr()


def test_each_kind_is_retried_where_it_failed_and_counted(capsys, function):
    events = [{"Records": [{"number": number}]} for number in range(23)]
    put("UploadDeadLetters", *(json.dumps({"version": "1.0", "requestPayload": event}) for event in events))
    put("ScanDeadLetters", "scan 1", "scan 2")
    put("CallbackDeadLetters", "callback 1")
    status, out, _err = run(capsys)
    assert (status, out) == (
        0,
        "uploads: 23 of 23 retried\nscans: 2 of 2 retried\ncallbacks: 1 of 1 retried\n",
    )
    assert sorted(event["Records"][0]["number"] for event in function.invoked) == [*range(23)]
    assert (bodies("ScanQueue"), bodies("CallbackQueue")) == (["scan 1", "scan 2"], ["callback 1"])
    assert [bodies(letters.queue) for letters in LETTERS.values()] == [[], [], []]


def test_one_kind_can_be_chosen_and_a_dry_run_only_counts(capsys, function):
    put("ScanDeadLetters", "scan 1")
    put("CallbackDeadLetters", "callback 1")
    assert run(capsys, "--dry-run")[1] == "uploads: 0 messages\nscans: 1 messages\ncallbacks: 1 messages\n"
    assert run(capsys, "callbacks")[1] == "callbacks: 1 of 1 retried\n"
    assert (bodies("ScanDeadLetters"), bodies("CallbackDeadLetters")) == (["scan 1"], [])


def test_a_message_that_keeps_failing_is_not_retried_forever(capsys, function, monkeypatch):
    put("ScanDeadLetters", "scan 1")
    letters = LETTERS["scans"]
    retry = letters.retry

    def fails(target, body):
        retry(target, body)
        put("ScanDeadLetters", body)

    monkeypatch.setitem(LETTERS, "scans", type(letters)(letters.queue, fails))
    assert run(capsys, "scans")[1] == "scans: 1 of 1 retried\n"
    assert bodies("ScanDeadLetters") == ["scan 1"]


def test_a_message_stays_until_it_was_sent_on(capsys, function, monkeypatch):
    put("ScanDeadLetters", "scan 1")

    def dies(_target, _body):
        raise KeyboardInterrupt

    monkeypatch.setitem(LETTERS, "scans", type(LETTERS["scans"])("ScanDeadLetters", dies))
    with pytest.raises(KeyboardInterrupt):
        run(capsys, "scans")
    name = "ApproximateNumberOfMessagesNotVisible"
    lying = aws.client("sqs").get_queue_attributes(QueueUrl=url("ScanDeadLetters"), AttributeNames=[name])
    assert lying["Attributes"][name] == "1", "it comes back by itself"


def test_an_unknown_kind_is_one_clear_sentence(capsys, function):
    status, _out, err = run(capsys, "letters")
    assert status == 2 and err == "visage: cannot replay letters; choose from uploads, scans, callbacks\n"
