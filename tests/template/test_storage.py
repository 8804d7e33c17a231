"""Tables, buckets and the vector index: encryption, retention, access."""

import pytest

from tests.template.document import KEY, NONE, VARIABLES, either, functions, of_type, properties, template
from visage.erasure import persons
from visage.gallery.persons import transaction


def test_the_table_removes_expired_rows_and_can_be_restored() -> None:
    table = properties("Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == {"pk": "HASH", "sk": "RANGE"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    days = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": {"Ref": "BackupDays"}}
    assert table["PointInTimeRecoverySpecification"] == either("HasBackup", days, {"PointInTimeRecoveryEnabled": False})
    assert template()["Resources"]["Table"]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", of_type("AWS::DynamoDB::Table"))
def test_tables_are_encrypted_by_the_deployments_key_or_by_one_of_aws(table: str) -> None:
    own = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert properties(table)["SSESpecification"] == either("HasKmsKey", own, {"SSEEnabled": True})


@pytest.mark.parametrize("bucket", sorted(of_type("AWS::S3::Bucket").keys() - {"ConsoleBucket"}))
def test_buckets_are_encrypted_with_kms_bucket_keys(bucket: str) -> None:
    (rule,) = properties(bucket)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    key = either("HasKmsKey", KEY, NONE)
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}


def test_the_audit_trail_is_a_separate_table_with_its_own_expiry() -> None:
    table, own = properties("AuditTable"), template()["Resources"]["AuditTable"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert "StreamSpecification" not in table
    assert (own["DeletionPolicy"], own["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert VARIABLES["VISAGE_AUDIT_TABLE"] == {"Ref": "AuditTable"}
    assert VARIABLES["VISAGE_AUDIT_DAYS"] == {"Ref": "AuditDays"}


def test_a_deletion_is_remembered_longer_than_what_was_sent_before_it_can_arrive() -> None:
    rules = properties("UploadBucket")["LifecycleConfiguration"]["Rules"]
    (rule,) = [rule for rule in rules if "ExpirationInDays" in rule]
    days = rule["ExpirationInDays"] + 1  # S3 counts from the midnight that follows
    assert transaction.REMEMBERED > days * 86_400
    assert properties("UploadDeadLetters")["MessageRetentionPeriod"] <= days * 86_400
    assert persons.MAX_FUNCTION_SECONDS >= max(function.get("Timeout", 10) for function in functions().values())


def test_uploads_are_private_encrypted_and_deleted_after_a_day() -> None:
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


def test_uploads_are_encrypted_in_transit() -> None:
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


def test_what_outlives_the_stack_is_named_in_its_outputs() -> None:
    resources = template()["Resources"]
    kept = {name for name, item in resources.items() if item.get("DeletionPolicy") == "RetainExceptOnCreate"}
    assert {"Table", "AuditTable", "FaceBucket", "SnapshotBucket", "VectorBucket"} == kept <= set(template()["Outputs"])


def test_whatever_a_stack_leaves_behind_another_can_adopt_by_name():
    resources = template()["Resources"]
    kept = {name for name, item in resources.items() if item.get("DeletionPolicy") == "RetainExceptOnCreate"}
    assert kept == {"Table", "AuditTable", "FaceBucket", "SnapshotBucket", "VectorBucket"}
    for name in kept:
        assert template()["Parameters"][f"{name}Name"]["Default"] == "", "a new one"
        given = [value for key, value in properties(name).items() if key.endswith("Name")]
        assert given == [{"Fn::If": [f"Names{name}", {"Ref": f"{name}Name"}, {"Ref": "AWS::NoValue"}]}]
