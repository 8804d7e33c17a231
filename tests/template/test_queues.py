"""Queues, streams and events without a client: retries, dead-letter queues, schedules."""

import json

import pytest

from cli.operations.replay import LETTERS
from local.template.patterns import matches
from purge_expired import app as purge_expired
from tests.template.document import (
    KEY,
    NONE,
    VARIABLES,
    either,
    functions,
    of_type,
    properties,
    queued,
    template,
)
from visage.api.scans import run_scan
from visage.jobs import callbacks, types


def test_unused_persons_are_purged_after_a_year_by_default() -> None:
    assert VARIABLES["VISAGE_UNUSED_DAYS"] == {"Ref": "UnusedDays"}
    assert template()["Parameters"]["UnusedDays"]["Default"] == 365
    (event,) = properties("PurgeExpiredFunction")["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}
    assert properties("PurgeExpiredFunction")["Timeout"] > purge_expired.SECONDS


def test_only_changes_trigger_the_packer() -> None:
    event = properties("PackGalleryFunction")["Events"]["Changes"]["Properties"]
    (pattern,) = (json.loads(entry["Pattern"]) for entry in event["FilterCriteria"]["Filters"])
    change = {"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": "CHANGED#library"}, "sk": {"S": "ann"}}}}
    assert matches(change, pattern)
    assert not matches(change | {"eventName": "REMOVE"}, pattern), "or it would wake itself"
    assert not matches(change | {"dynamodb": {"Keys": {"pk": {"S": "PERSON#library#ann"}}}}, pattern)
    assert properties("Table")["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}


def test_a_message_stays_hidden_longer_than_its_function_can_run() -> None:
    for function, event in queued().items():
        queue = properties(event["Queue"]["Fn::GetAtt"][0])
        assert queue["VisibilityTimeout"] >= 6 * functions()[function]["Timeout"], "as AWS advises"
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert event["ScalingConfig"]["MaximumConcurrency"], "or a burst would leave none for those who wait"
    telling = functions()["DeliverCallbackFunction"]["Timeout"]
    assert properties("CallbackQueue")["VisibilityTimeout"] > callbacks.CLAIM_SECONDS > telling > 2 * callbacks.SECONDS
    assert functions()["RunScanFunction"]["Timeout"] > 1.3 * run_scan.SECONDS


def test_failed_messages_become_dead_letters_and_raise_an_alarm() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    watched = {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
        for alarm in alarms
        if alarm.get("Namespace") == "AWS/SQS"
    }
    for event in queued().values():
        queue = event["Queue"]["Fn::GetAtt"][0]
        (dead, arn) = properties(queue)["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]
        assert arn == "Arn" and properties(dead)["MessageRetentionPeriod"] == 14 * 86400
        assert ("ApproximateNumberOfMessagesVisible", dead) in watched
        assert ("ApproximateAgeOfOldestMessage", queue) in watched
    # On a message's last delivery, the task is given up.
    assert properties("ScanQueue")["RedrivePolicy"]["maxReceiveCount"] == types.MAX_RECEIVES
    assert properties("CallbackQueue")["RedrivePolicy"]["maxReceiveCount"] >= 2 * callbacks.MAX_ATTEMPTS
    assert properties("CallbackDelay")["Threshold"] > types.RETENTION_SECONDS
    assert properties("ScanDelay")["Threshold"] < types.DEADLINE_SECONDS / 2


def test_dead_letters_are_in_queues_that_alarms_watch_and_replay_reads() -> None:
    queues = of_type("AWS::SQS::Queue").values()
    redriven = [each["RedrivePolicy"]["deadLetterTargetArn"] for each in queues if "RedrivePolicy" in each]
    configs = [each["EventInvokeConfig"] for each in functions().values() if "EventInvokeConfig" in each]
    told = [each["DestinationConfig"]["OnFailure"]["Destination"] for each in configs]
    lying = {arn["Fn::GetAtt"][0] for arn in redriven + told}
    alarms = [each for each in of_type("AWS::CloudWatch::Alarm").values() if each.get("Namespace") == "AWS/SQS"]
    watched = {each["Dimensions"][0]["Value"]["Fn::GetAtt"][0] for each in alarms if each["Threshold"] == 0}
    assert lying == watched == {letters.queue for letters in LETTERS.values()}
    assert "OnUploadFunction" in {name for name, each in functions().items() if "EventInvokeConfig" in each}


@pytest.mark.parametrize("queue", of_type("AWS::SQS::Queue"))
def test_messages_are_encrypted_at_rest_and_in_transit(queue: str) -> None:
    assert properties(queue)["SqsManagedSseEnabled"] == either("HasKmsKey", NONE, True)
    assert properties(queue)["KmsMasterKeyId"] == either("HasKmsKey", KEY, NONE)
    policies = of_type("AWS::SQS::QueuePolicy").values()
    (policy,) = (policy for policy in policies if {"Ref": queue} in policy["Queues"])
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {"Fn::GetAtt": [queue, "Arn"]} in statement["Resource"]


def test_a_task_that_kills_its_process_affects_no_other() -> None:
    assert queued()["RunScanFunction"]["BatchSize"] == 1
    assert queued()["DeliverCallbackFunction"]["BatchSize"] <= 10
