"""Functions, data, logs and alarms."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.template.document import ROOT, functions, of_type, properties, template
from visage.settings import Settings

GLOBALS = template()["Globals"]["Function"]
VARIABLES = GLOBALS["Environment"]["Variables"]


class _Recorder(Mapping[str, str]):
    """An environment in which every variable exists, that remembers which were read."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return "value"

    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    def __len__(self) -> int:
        return len(self.read)


def test_the_functions_get_every_setting_and_no_other() -> None:
    recorder = _Recorder()
    Settings.read(recorder)
    # The folder of the models is a fact of the layer, not of a deployment.
    assert {name for name in VARIABLES if name.startswith("VISAGE_")} == recorder.read - {"VISAGE_MODELS"}


@pytest.mark.parametrize("function", functions())
def test_a_handler_lies_where_the_template_says(function: str) -> None:
    module, _, attribute = functions()[function]["Handler"].rpartition(".")
    source = (ROOT / GLOBALS["CodeUri"] / module.replace(".", "/")).with_suffix(".py").read_text()
    assert f"def {attribute}(" in source or f"\n{attribute} = " in source


def test_functions_run_on_one_processor_within_ten_seconds() -> None:
    assert (GLOBALS["Runtime"], GLOBALS["MemorySize"], GLOBALS["Timeout"]) == ("python3.13", 1769, 10)
    assert GLOBALS["Tracing"] == "Active"
    assert template()["Parameters"]["Architecture"]["AllowedValues"] == ["x86_64", "arm64"]


@pytest.mark.parametrize("function", functions())
def test_functions_log_json_into_a_log_of_their_own(function: str) -> None:
    logs = [item["LoggingConfig"]["LogGroup"]["Ref"] for item in functions().values()]
    assert logs.count(functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]) == 1
    assert GLOBALS["LoggingConfig"]["LogFormat"] == "JSON"


def test_no_deployment_logs_at_debug() -> None:
    """The runtime gives this level to the root logger, and botocore would log the client secrets that it reads."""
    level = {"Ref": "LogLevel"}
    assert GLOBALS["LoggingConfig"]["ApplicationLogLevel"] == VARIABLES["POWERTOOLS_LOG_LEVEL"] == level
    assert set(template()["Parameters"]["LogLevel"]["AllowedValues"]) <= {"INFO", "WARN", "ERROR", "FATAL"}
    for function in functions().values():
        assert "ApplicationLogLevel" not in function["LoggingConfig"]
        assert not [name for name in function.get("Environment", {}).get("Variables", {}) if "LOG_LEVEL" in name]


@pytest.mark.parametrize("log", of_type("AWS::Logs::LogGroup"))
def test_logs_end(log: str) -> None:
    assert properties(log)["RetentionInDays"] == {"Ref": "RetentionInDays"}


def test_layers_are_built_for_the_functions_processor() -> None:
    layers = of_type("AWS::Serverless::LayerVersion")
    assert [{"Ref": name} for name in layers] == GLOBALS["Layers"]
    for name, layer in layers.items():
        metadata = template()["Resources"][name]["Metadata"]
        assert metadata == {"BuildMethod": "makefile", "BuildArchitecture": {"Ref": "Architecture"}}
        assert layer["CompatibleArchitectures"] == [{"Ref": "Architecture"}] == GLOBALS["Architectures"]


def test_the_table_forgets_what_expired_and_can_be_restored() -> None:
    table = properties("Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == {"pk": "HASH", "sk": "RANGE"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert template()["Resources"]["Table"]["UpdateReplacePolicy"] == "Retain"


def test_uploads_are_private_encrypted_and_gone_after_a_day() -> None:
    bucket = properties("UploadBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "VersioningConfiguration" not in bucket, "a version would outlive the day"
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)
    (default,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert default["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_uploads_travel_encrypted() -> None:
    policy = properties("UploadBucketPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Bucket"] == {"Ref": "UploadBucket"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": ["UploadBucket", "Arn"]}, {"Fn::Sub": "${UploadBucket.Arn}/*"}]


def _watched(alarm: dict[str, Any]) -> dict[str, str]:
    """The metric that an alarm watches, by function."""
    metrics = [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]
    return {metric["Dimensions"][0]["Value"]["Ref"]: metric["MetricName"] for metric in metrics}


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [("FunctionErrors", "Errors"), ("FunctionThrottles", "Throttles"), ("FunctionDuration", "Duration")],
)
def test_an_alarm_watches_every_function(alarm: str, metric: str) -> None:
    assert _watched(properties(alarm)) == dict.fromkeys(functions(), metric)


def test_the_alarm_for_slowness_sounds_before_functions_are_cut_off() -> None:
    limit_ms = GLOBALS["Timeout"] * 1000
    assert 0.5 * limit_ms < properties("FunctionDuration")["Threshold"] < limit_ms


def test_an_alarm_watches_what_clients_are_answered() -> None:
    alarm = properties("ApiErrors")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "5XXError")
    assert alarm["Dimensions"][0] == {"Name": "ApiName", "Value": properties("Api")["Name"]}


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_alarms_are_sent_where_the_operator_says(alarm: str) -> None:
    to_topic = [{"Ref": "AlarmTopic"}]
    assert properties(alarm)["AlarmActions"] == {"Fn::If": ["HasAlarmEmail", to_topic, {"Ref": "AWS::NoValue"}]}
    assert properties(alarm)["TreatMissingData"] == "notBreaching"
