"""`visage status` reports what exists, what is waiting and what is wrong."""

import json
import time
from datetime import datetime

import boto3
import pytest

from cli.main import main
from tests.support.deployed import describe
from tests.support.library import MODEL, enrol
from visage import aws
from visage.access.clients import ClientStore
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack

NOW = time.time()


@pytest.fixture
def status(deployment, monkeypatch, capsys):
    describe(monkeypatch)
    ClientStore("/visage/visage/clients/", aws.client("ssm")).create("till", library="acme")
    enrol(Library("acme"), "ann", ["staff", "guests"], [1])
    pack("acme")
    enrol(Library("acme"), "ben", ["staff"], [2])

    def status(*options):
        code = main(["status", *options])
        return code, capsys.readouterr().out

    return status


def test_it_counts_contents_and_waiting_work(status):
    code, out = status("--json")
    told = json.loads(out)
    assert code == 0 and told["amiss"] == []
    assert told["deployment"] == {"endpoint": "visage.example.com", "clients": 1, "disabled clients": 0}
    library = told["libraries"]["acme"]
    assert (library["groups"], library["persons"], library["packed groups"]) == (2, 2, 2)
    assert library["models"] == MODEL
    packed = told["waiting"].pop("last packed")
    assert NOW - 3600 < datetime.fromisoformat(packed).timestamp() <= time.time()
    assert told["waiting"] == {"changes to pack": 1, "scans that wait": 0, "callbacks that wait": 0}
    assert told["given up"] == {"uploads": 0, "scans": 0, "callbacks": 0}


def test_dead_letters_are_a_problem(status):
    url = aws.client("sqs").get_queue_url(QueueName="ScanDeadLetters")["QueueUrl"]
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    code, out = status("--json")
    assert (code, json.loads(out)["amiss"]) == (1, ["given up: scans"])
    code, out = status()
    assert code == 1 and "scans" in out and "(!)" in out and out.endswith("problems found, see above\n")


def test_an_active_alarm_is_a_problem(status):
    cloudwatch = boto3.client("cloudwatch", region_name="eu-central-1")
    for name in ("visage-PackDelay-1ABC", "other-PackDelay-1ABC"):
        cloudwatch.put_metric_alarm(
            AlarmName=name, MetricName="IteratorAge", Namespace="AWS/Lambda", Period=60, EvaluationPeriods=1,
            Threshold=1, Statistic="Maximum", ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    code, out = status("--json")
    told = json.loads(out)
    assert (code, told["alarms"], told["amiss"]) == (1, {"PackDelay": "alarm"}, ["alarms: PackDelay"])
