"""Logs, metrics, alarms and the dashboard."""

import json
import re

import pytest

from tests.template.document import (
    GLOBALS,
    KEY,
    NONE,
    ROOT,
    VARIABLES,
    either,
    functions,
    of_type,
    properties,
    template,
)
from visage import stages
from visage.api.telemetry.metrics import NAMESPACE, STAGES, metrics


def test_no_deployment_logs_at_debug() -> None:
    """The runtime gives this level to the root logger, and botocore would log the client secrets that it reads."""
    level = {"Ref": "LogLevel"}
    assert GLOBALS["LoggingConfig"]["ApplicationLogLevel"] == VARIABLES["POWERTOOLS_LOG_LEVEL"] == level
    assert set(template()["Parameters"]["LogLevel"]["AllowedValues"]) <= {"INFO", "WARN", "ERROR", "FATAL"}
    for function in functions().values():
        assert not [name for name in function.get("Environment", {}).get("Variables", {}) if "LOG_LEVEL" in name]


@pytest.mark.parametrize("log", of_type("AWS::Logs::LogGroup"))
def test_logs_expire(log: str) -> None:
    assert properties(log)["RetentionInDays"] == {"Ref": "RetentionInDays"}


@pytest.mark.parametrize("log", of_type("AWS::Logs::LogGroup"))
def test_logs_are_encrypted_by_the_deployments_key_where_there_is_one(log: str) -> None:
    assert properties(log)["KmsKeyId"] == either("HasKmsKey", KEY, NONE)


def test_the_failure_ratio_uses_the_functions_own_metrics() -> None:
    failures, calls, ratio = properties("ErrorRatio")["Metrics"]
    for entry, name in ((failures, "failures"), (calls, "calls")):
        metric = entry["MetricStat"]["Metric"]
        assert (metric["Namespace"], metric["MetricName"]) == (NAMESPACE, name)
        assert metric["Dimensions"] == [{"Name": "stack", "Value": {"Ref": "AWS::StackName"}}]
        assert not entry["ReturnData"]
    assert {"failures", "calls"} <= metrics("OK").keys()
    assert ratio["Expression"] == "IF(calls > 0, 100 * failures / calls, 0)"
    assert GLOBALS["Environment"]["Variables"]["VISAGE_STACK"] == {"Ref": "AWS::StackName"}


@pytest.mark.parametrize(
    ("alarm", "filtered", "log"),
    [("FunctionErrors", "FailedInvocations", "FunctionLog"), ("Unanswered", "UnansweredCalls", "ApiLog")],
)
def test_an_alarm_counts_lines_of_a_log(alarm: str, filtered: str, log: str) -> None:
    counted = properties(filtered)
    (told,) = counted["MetricTransformations"]
    assert counted["LogGroupName"] == {"Ref": log}
    assert (told["MetricNamespace"], told["MetricName"]) == (
        properties(alarm)["Namespace"], properties(alarm)["MetricName"],
    )  # fmt: skip


def test_the_filter_of_the_apis_log_names_its_fields() -> None:
    line = json.loads(re.sub(r"\$context\.([\w.]+)", r"\1", properties("Api")["AccessLogSetting"]["Format"]))
    fields = set(re.findall(r"\$\.(\w+)", properties("UnansweredCalls")["FilterPattern"]))
    assert fields == {"status", "error"} <= set(line)
    assert line["error"] == "error.responseType"


def test_every_function_reports_to_the_log_that_is_filtered() -> None:
    assert GLOBALS["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLog"}
    assert GLOBALS["LoggingConfig"]["LogFormat"] == "JSON", "reports of the platform are JSON only then"
    assert "SystemLogLevel" not in GLOBALS["LoggingConfig"]
    assert not [name for name, function in functions().items() if "LoggingConfig" in function]


def test_the_dashboard_shows_existing_metrics() -> None:
    body = json.loads(re.sub(r"\$\{[^}]+\}", "x", properties("Dashboard")["DashboardBody"]["Fn::Sub"]))
    shown = json.dumps(body)
    stages.begin()
    for name in STAGES:
        assert f'"{name}"' in shown
    for name in ("calls", "failures", "throttled", "timeouts"):
        assert name in metrics("OK") and f'"{name}"' in shown
    assert {widget["type"] for widget in body["widgets"]} == {"metric"}
    for alarm in ("FunctionErrors", "Unanswered"):
        assert properties(alarm)["MetricName"]["Fn::Sub"].replace("${AWS::StackName}", "x") in shown


def test_every_alarm_has_its_section_in_the_operators_guide() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text()
    for name in of_type("AWS::CloudWatch::Alarm"):
        section = guide.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert "- Look: " in section and "- Do: " in section, name


def test_an_alarm_sounds_when_the_accounts_concurrency_is_used_up() -> None:
    alarm = properties("FunctionThrottles")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert "Dimensions" not in alarm


def test_an_alarm_watches_response_times() -> None:
    alarm = properties("ApiLatency")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "IntegrationLatency")
    assert alarm["Dimensions"][0] == {"Name": "ApiName", "Value": properties("Api")["Name"]}


def test_the_alarm_for_slowness_sounds_before_functions_are_cut_off() -> None:
    limit_ms = GLOBALS["Timeout"] * 1000
    assert 0.5 * limit_ms < properties("ApiLatency")["Threshold"] < limit_ms


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_alarms_are_sent_where_the_operator_says(alarm: str) -> None:
    to_topic = [{"Ref": "AlarmTopic"}]
    assert properties(alarm)["AlarmActions"] == {"Fn::If": ["HasAlarmEmail", to_topic, {"Ref": "AWS::NoValue"}]}
    assert properties(alarm)["TreatMissingData"] == "notBreaching"


def test_the_guide_names_every_parameter_and_counts_what_alarms_cost() -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text()
    assert [name for name in template()["Parameters"] if f"`{name}`" not in guide] == []
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    metrics = sum(sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    assert f"| alarms on {metrics} metrics," in guide
