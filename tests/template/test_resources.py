"""Functions, data, logs and alarms."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cli.operations.replay import LETTERS
from local.template.patterns import matches
from local.template.read import read_template
from purge_expired import app as purge_expired
from tests.template.document import ROOT, functions, of_type, properties, template
from visage import stages
from visage.api.scans import run_scan
from visage.api.telemetry.metrics import NAMESPACE, STAGES, metrics
from visage.erasure import persons
from visage.gallery.index import container_cache
from visage.gallery.index.segments import FACE_BYTES
from visage.gallery.persons import transaction
from visage.gallery.upkeep import purge
from visage.jobs import callbacks, types
from visage.media import decode, limits, sources
from visage.settings import Settings

GLOBALS = template()["Globals"]["Function"]
VARIABLES = GLOBALS["Environment"]["Variables"]


class _Recorder(Mapping[str, str]):
    """An environment in which every variable exists, which records what was read."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return "1"

    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    def __len__(self) -> int:
        return len(self.read)


def queued() -> dict[str, dict[str, Any]]:
    """The events of functions triggered by messages, by function."""
    return {
        name: event["Properties"]
        for name, function in functions().items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }


def test_the_functions_get_every_setting_and_no_other() -> None:
    recorder = _Recorder()
    Settings.read(recorder)
    # The folder of the models is a fact of the layer, and Lambda itself tells how much memory there is.
    facts = {"VISAGE_MODELS", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
    own = {name for function in functions().values() for name in function.get("Environment", {}).get("Variables", {})}
    assert {name for name in own | set(VARIABLES) if name.startswith("VISAGE_")} == recorder.read - facts


@pytest.mark.parametrize("function", functions())
def test_a_handler_lies_where_the_template_says(function: str) -> None:
    module, _, attribute = functions()[function]["Handler"].rpartition(".")
    source = (ROOT / GLOBALS["CodeUri"] / module.replace(".", "/")).with_suffix(".py").read_text()
    assert f"def {attribute}(" in source or f"\n{attribute} = " in source


def test_functions_run_on_one_processor_within_ten_seconds() -> None:
    assert (GLOBALS["Runtime"], GLOBALS["MemorySize"], GLOBALS["Timeout"]) == ("python3.13", 1769, 10)
    assert GLOBALS["Tracing"] == "Active"
    assert template()["Parameters"]["Architecture"]["AllowedValues"] == ["x86_64", "arm64"]


def test_functions_log_json_into_one_log() -> None:
    assert GLOBALS["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLog"}
    assert GLOBALS["LoggingConfig"]["LogFormat"] == "JSON"
    assert not [name for name, function in functions().items() if "LoggingConfig" in function]


def test_no_deployment_logs_at_debug() -> None:
    """The runtime gives this level to the root logger, and botocore would log the client secrets that it reads."""
    level = {"Ref": "LogLevel"}
    assert GLOBALS["LoggingConfig"]["ApplicationLogLevel"] == VARIABLES["POWERTOOLS_LOG_LEVEL"] == level
    assert set(template()["Parameters"]["LogLevel"]["AllowedValues"]) <= {"INFO", "WARN", "ERROR", "FATAL"}
    for function in functions().values():
        assert not [name for name in function.get("Environment", {}).get("Variables", {}) if "LOG_LEVEL" in name]


@pytest.mark.parametrize("log", of_type("AWS::Logs::LogGroup"))
def test_logs_end(log: str) -> None:
    assert properties(log)["RetentionInDays"] == {"Ref": "RetentionInDays"}


def test_layers_are_built_for_the_functions_processor() -> None:
    layers = of_type("AWS::Serverless::LayerVersion")
    for name, layer in layers.items():
        metadata = template()["Resources"][name]["Metadata"]
        assert metadata == {"BuildMethod": "makefile", "BuildArchitecture": {"Ref": "Architecture"}}
        assert layer["CompatibleArchitectures"] == [{"Ref": "Architecture"}] == GLOBALS["Architectures"]


def test_the_table_forgets_what_expired_and_can_be_restored() -> None:
    table = properties("Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == {"pk": "HASH", "sk": "RANGE"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    days = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": {"Ref": "BackupDays"}}
    assert table["PointInTimeRecoverySpecification"] == either("HasBackup", days, {"PointInTimeRecoveryEnabled": False})
    assert template()["Resources"]["Table"]["UpdateReplacePolicy"] == "Retain"


def either(condition: str, one: object, other: object) -> dict[str, object]:
    return {"Fn::If": [condition, one, other]}


NONE, KEY = {"Ref": "AWS::NoValue"}, {"Ref": "KmsKeyArn"}


@pytest.mark.parametrize("table", of_type("AWS::DynamoDB::Table"))
def test_tables_are_encrypted_by_the_deployments_key_or_by_one_of_aws(table: str) -> None:
    own = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert properties(table)["SSESpecification"] == either("HasKmsKey", own, {"SSEEnabled": True})


@pytest.mark.parametrize("bucket", sorted(of_type("AWS::S3::Bucket").keys() - {"ConsoleBucket"}))
def test_buckets_are_encrypted_by_a_key_of_kms_that_is_asked_for_seldom(bucket: str) -> None:
    (rule,) = properties(bucket)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    key = either("HasKmsKey", KEY, NONE)
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}


@pytest.mark.parametrize("log", of_type("AWS::Logs::LogGroup"))
def test_logs_are_encrypted_by_the_deployments_key_where_there_is_one(log: str) -> None:
    assert properties(log)["KmsKeyId"] == either("HasKmsKey", KEY, NONE)


def test_the_audit_trail_is_a_table_apart_with_an_end_of_its_own() -> None:
    table, own = properties("AuditTable"), template()["Resources"]["AuditTable"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert "StreamSpecification" not in table
    assert (own["DeletionPolicy"], own["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert VARIABLES["VISAGE_AUDIT_TABLE"] == {"Ref": "AuditTable"}
    assert VARIABLES["VISAGE_AUDIT_DAYS"] == {"Ref": "AuditDays"}


def test_whom_nobody_finds_for_a_year_is_purged_unless_the_deployment_says_otherwise() -> None:
    assert VARIABLES["VISAGE_UNUSED_DAYS"] == {"Ref": "UnusedDays"}
    assert template()["Parameters"]["UnusedDays"]["Default"] == 365
    (event,) = properties("PurgeExpiredFunction")["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}
    assert properties("PurgeExpiredFunction")["Timeout"] > purge_expired.SECONDS


def test_a_deletion_is_remembered_longer_than_what_was_sent_before_it_can_arrive() -> None:
    rules = properties("UploadBucket")["LifecycleConfiguration"]["Rules"]
    (rule,) = [rule for rule in rules if "ExpirationInDays" in rule]
    days = rule["ExpirationInDays"] + 1  # S3 counts from the midnight that follows
    assert transaction.REMEMBERED > days * 86_400
    assert properties("UploadDeadLetters")["MessageRetentionPeriod"] <= days * 86_400
    assert persons.MAX_FUNCTION_SECONDS >= max(function.get("Timeout", 10) for function in functions().values())


def test_uploads_are_private_encrypted_and_gone_after_a_day() -> None:
    bucket = properties("UploadBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "VersioningConfiguration" not in bucket, "a version would outlive the day"
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)


def test_faces_in_the_vector_bucket_are_encrypted_and_outlive_the_stack() -> None:
    own = {"SseType": "aws:kms", "KmsKeyArn": KEY}
    assert properties("VectorBucket")["EncryptionConfiguration"] == either("HasKmsKey", own, {"SseType": "AES256"})
    bucket = template()["Resources"]["VectorBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_uploads_travel_encrypted() -> None:
    policy = properties("UploadBucketPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Bucket"] == {"Ref": "UploadBucket"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": ["UploadBucket", "Arn"]}, {"Fn::Sub": "${UploadBucket.Arn}/*"}]


def test_web_pages_may_upload_and_nothing_else() -> None:
    (rule,) = properties("UploadBucket")["CorsConfiguration"]["CorsRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == ({"Ref": "UploadOrigins"}, ["POST", "PUT"])
    for name, bucket in of_type("AWS::S3::Bucket").items():
        assert name == "UploadBucket" or "CorsConfiguration" not in bucket


@pytest.mark.parametrize("name", ["FaceBucket", "SnapshotBucket"])
def test_faces_are_private_and_encrypted_and_outlive_the_stack(name: str) -> None:
    bucket = properties(name)
    for rule in ("BucketEncryption", "OwnershipControls", "PublicAccessBlockConfiguration"):
        assert bucket[rule] == properties("UploadBucket")[rule]
    assert "VersioningConfiguration" not in bucket, "a version would outlive the erasure"
    assert not [rule for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]
    assert template()["Resources"][name]["UpdateReplacePolicy"] == "Retain"
    (statement,) = properties(f"{name}Policy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert statement["Resource"] == [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]


def test_the_packer_is_woken_by_changes_alone() -> None:
    event = properties("PackGalleryFunction")["Events"]["Changes"]["Properties"]
    (pattern,) = (json.loads(entry["Pattern"]) for entry in event["FilterCriteria"]["Filters"])
    change = {"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": "CHANGED#library"}, "sk": {"S": "ann"}}}}
    assert matches(change, pattern)
    assert not matches(change | {"eventName": "REMOVE"}, pattern), "or it would wake itself"
    assert not matches(change | {"dynamodb": {"Keys": {"pk": {"S": "PERSON#library#ann"}}}}, pattern)
    assert properties("Table")["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}


def test_a_file_on_its_way_into_a_snapshot_is_no_stray() -> None:
    assert purge._GRACE >= 2 * max(function.get("Timeout", 10) for function in functions().values())


@pytest.mark.parametrize("function", functions())
def test_only_functions_that_look_at_pixels_have_the_models(function: str) -> None:
    layers = [layer["Ref"] for layer in GLOBALS["Layers"] + functions()[function].get("Layers", [])]
    assert layers[:2] == ["RuntimeLayer", "VisageLayer"]
    seeing = {
        *("RpcFunction", "CompareFacesFunction", "DetectFaceFunction", "DetectFaceAttributesFunction"),
        *("AddFacesFunction", "SearchPersonFunction", "ScanImageFunction", "RunScanFunction", "OnUploadFunction"),
        "VerifyLivenessFunction",
    }
    assert ("ModelsLayer" in layers) == (function in seeing)


def test_failures_are_a_share_of_calls_and_both_are_what_functions_count() -> None:
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


def test_the_dashboard_shows_metrics_that_there_are() -> None:
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


def test_a_message_stays_hidden_for_as_long_as_whoever_has_it_may_take() -> None:
    for function, event in queued().items():
        queue = properties(event["Queue"]["Fn::GetAtt"][0])
        assert queue["VisibilityTimeout"] >= 6 * functions()[function]["Timeout"], "as AWS advises"
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert event["ScalingConfig"]["MaximumConcurrency"], "or a burst would leave none for those who wait"
    telling = functions()["DeliverCallbackFunction"]["Timeout"]
    assert properties("CallbackQueue")["VisibilityTimeout"] > callbacks.CLAIM_SECONDS > telling > 2 * callbacks.SECONDS
    assert functions()["RunScanFunction"]["Timeout"] > 1.3 * run_scan.SECONDS


@pytest.mark.parametrize(("given", "reserved"), [({}, None), ({"DropConcurrency": "5"}, 5)])
def test_drops_can_be_bound_to_a_share_of_the_accounts_concurrency(given: dict[str, str], reserved: int | None) -> None:
    assert read_template(ROOT / "template.yaml", given).functions["OnUploadFunction"].reserved == reserved
    shares = {name for name, function in functions().items() if "ReservedConcurrentExecutions" in function}
    assert shares == {"OnUploadFunction"}


def test_what_is_given_up_ends_among_the_dead_and_an_alarm_tells() -> None:
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
    # The last time that a message comes, it is told that the task was given up.
    assert properties("ScanQueue")["RedrivePolicy"]["maxReceiveCount"] == types.MAX_RECEIVES
    assert properties("CallbackQueue")["RedrivePolicy"]["maxReceiveCount"] >= 2 * callbacks.MAX_ATTEMPTS
    assert properties("CallbackDelay")["Threshold"] > types.RETENTION_SECONDS
    assert properties("ScanDelay")["Threshold"] < types.DEADLINE_SECONDS / 2


def test_what_is_given_up_lies_where_an_alarm_sees_it_and_the_replay_finds_it() -> None:
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
def test_messages_are_encrypted_and_travel_so(queue: str) -> None:
    assert properties(queue)["SqsManagedSseEnabled"] == either("HasKmsKey", NONE, True)
    assert properties(queue)["KmsMasterKeyId"] == either("HasKmsKey", KEY, NONE)
    policies = of_type("AWS::SQS::QueuePolicy").values()
    (policy,) = (policy for policy in policies if {"Ref": queue} in policy["Queues"])
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {"Fn::GetAtt": [queue, "Arn"]} in statement["Resource"]


def test_a_task_that_ends_its_process_takes_no_other_along() -> None:
    assert queued()["RunScanFunction"]["BatchSize"] == 1
    assert queued()["DeliverCallbackFunction"]["BatchSize"] <= 10


def test_an_alarm_sounds_when_the_accounts_concurrency_is_used_up() -> None:
    alarm = properties("FunctionThrottles")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert "Dimensions" not in alarm


def test_an_alarm_watches_when_clients_are_answered() -> None:
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


def test_what_outlives_the_stack_is_told_by_name() -> None:
    resources = template()["Resources"]
    kept = {name for name, item in resources.items() if item.get("DeletionPolicy") == "RetainExceptOnCreate"}
    assert {"Table", "AuditTable", "FaceBucket", "SnapshotBucket", "VectorBucket"} == kept <= set(template()["Outputs"])


def test_the_guide_names_every_parameter_and_counts_what_alarms_cost() -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text()
    assert [name for name in template()["Parameters"] if f"`{name}`" not in guide] == []
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    metrics = sum(sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    assert f"| alarms on {metrics} metrics," in guide


def test_a_function_has_room_for_its_groups_beside_the_largest_images() -> None:
    fetched = sources._AT_ONCE * limits.GREEN.bytes
    assert container_cache._RESERVED * 2**20 >= fetched + decode._MEMORY + 330 * 2**20
    room = (GLOBALS["MemorySize"] - container_cache._RESERVED) * 2**20
    assert room > 1.2 * FACE_BYTES * template()["Parameters"]["VectorsFrom"]["Default"]


def test_a_deployment_can_be_taken_back_and_is_when_an_alarm_sounds() -> None:
    assert GLOBALS["AutoPublishAlias"] == "live" and GLOBALS["AutoPublishAliasAllProperties"]
    preference = GLOBALS["DeploymentPreference"]
    assert preference["Type"] == {"Ref": "Rollout"}
    alarms = [alarm["Ref"] for alarm in preference["Alarms"]]
    assert alarms == ["ErrorRatio", "Unanswered", "FunctionErrors"]
    assert set(alarms) <= set(of_type("AWS::CloudWatch::Alarm"))


def test_the_functions_called_most_can_be_kept_ready() -> None:
    ready = {name for name, function in functions().items() if "ProvisionedConcurrencyConfig" in function}
    assert ready == {"RpcFunction", "DetectFaceFunction", "SearchPersonFunction", "ScanImageFunction"}
    for name in ready:
        wanted = {"ProvisionedConcurrentExecutions": {"Ref": "KeepWarm"}}
        assert functions()[name]["ProvisionedConcurrencyConfig"] == either("KeepsWarm", wanted, NONE)
