"""CloudWatch metrics of a call, embedded in its log line."""

import json

import pytest

from tests.support.edge import call
from tests.support.events import rpc_event
from visage import stages
from visage.api.errors import TABLE
from visage.api.telemetry.metrics import NAMESPACE, metrics
from visage.errors import Reason
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture(autouse=True)
def stack(monkeypatch):
    monkeypatch.setenv("VISAGE_STACK", "prod")
    settings.cache_clear()
    stages.begin()


def line(log):
    (answered,) = (entry for entry in map(json.loads, log.getvalue().splitlines()) if entry["message"] == "answered")
    return answered


def test_the_line_of_a_call_holds_its_metrics_for_the_stack_and_for_the_operation(client, log):
    call(rpc_event(client))
    told = line(log)
    assert told["client"] == client.pseudonym
    whole, single = told["_aws"]["CloudWatchMetrics"]
    assert {whole["Namespace"], single["Namespace"]} == {NAMESPACE}
    assert (whole["Dimensions"], single["Dimensions"]) == ([["stack"]], [["stack", "operation"]])
    assert (told["stack"], told["operation"]) == ("prod", "CompareFaces")
    assert (told["calls"], told["failures"], told["throttled"], told["timeouts"]) == (1, 0, 0, 0)
    named = {each["Name"] for directive in (whole, single) for each in directive["Metrics"]}
    assert {"calls", "failures", "milliseconds"} <= named
    assert all(isinstance(told[name], int | float) for name in named), "every metric is a number of this line"
    assert client.id not in log.getvalue()


def test_only_server_errors_count_as_failures():
    failing = {reason for reason in Reason if metrics(reason.name)["failures"]}
    assert failing == {
        reason for reason, wire in TABLE.items() if wire.status >= 500 and not wire.business
    } - {Reason.OUT_OF_TIME}  # fmt: skip
    assert Reason.INTERNAL in failing and Reason.FACE_OWNER_UNKNOWN not in failing
    assert metrics(Reason.OUT_OF_TIME.name)["timeouts"] == metrics(Reason.THROTTLED.name)["throttled"] == 1
    assert metrics("OK")["failures"] == metrics("what queues say")["failures"] == 0


def test_stages_and_what_was_counted_are_metrics_where_there_are_some():
    stages.add("detect", 12.3456)
    stages.add("faces", 2)
    stages.note("score", 87.5)
    told = metrics("OK")
    units = {each["Name"]: each["Unit"] for each in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert (told["detect"], told["faces"], told["score"]) == (12.35, 2, 87.5)
    assert (units["detect"], units["faces"], units["score"]) == ("Milliseconds", "Count", "None")
    assert "search" not in units


def test_scores_are_told_by_the_version_of_the_model():
    stages.note("score", 87.5)
    stages.label("model", "0123456789abcdef")
    told = metrics("OK")
    *_others, by_model = told["_aws"]["CloudWatchMetrics"]
    assert by_model["Dimensions"] == [["stack", "model"]]
    assert [each["Name"] for each in by_model["Metrics"]] == ["score"]
    assert (told["model"], told["stack"]) == ("0123456789abcdef", "prod")
    stages.begin()
    assert "model" not in metrics("OK"), "of the call before"


def test_without_a_stack_nothing_is_sent_to_cloudwatch(monkeypatch):
    monkeypatch.setenv("VISAGE_STACK", "")
    settings.cache_clear()
    assert "_aws" not in metrics("OK")
