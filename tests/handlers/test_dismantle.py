"""`visage dismantle` on stacks of moto's CloudFormation, whose data outlives them as template.yaml has it."""

import json

import boto3
import pytest
from moto import mock_aws

from cli.main import main
from visage.access.clients import ClientStore

KEYS = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}  # fmt: skip


def template(stack):
    """What template.yaml retains, and a queue that goes with the stack."""
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", **retained, "Properties": {**KEYS, "TableName": f"{stack}-table"}},
        "FaceBucket": {"Type": "AWS::S3::Bucket", **retained, "Properties": {"BucketName": f"{stack}-faces"}},
        "ScanQueue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{stack}-scans"}},
    }}  # fmt: skip


@pytest.fixture
def client(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        for stack in ("visage", "other"):
            boto3.client("cloudformation").create_stack(StackName=stack, TemplateBody=json.dumps(template(stack)))
            ClientStore(f"/visage/{stack}/clients/", boto3.client("ssm")).create("till")
            boto3.client("s3").put_object(Bucket=f"{stack}-faces", Key="acme/1/2", Body=b"-")
            boto3.client("s3").create_multipart_upload(Bucket=f"{stack}-faces", Key="acme/1/3")
        yield boto3.client


def there(client):
    """Everything, by the stack that it belongs to."""
    names = [each["StackName"] for each in client("cloudformation").describe_stacks()["Stacks"]]
    names += client("dynamodb").list_tables()["TableNames"]
    names += [each["Name"] for each in client("s3").list_buckets()["Buckets"]]
    names += [each["Name"] for each in client("ssm").describe_parameters()["Parameters"]]
    names += client("sqs").list_queues().get("QueueUrls", [])
    return {stack: sum(stack in name for name in names) for stack in ("visage/", "visage", "other")}


def test_without_yes_it_only_lists(client, capsys):
    before = there(client)
    assert main(["dismantle"]) == 0
    out = capsys.readouterr().out
    assert "visage-table" in out and "visage-faces" in out and "/visage/visage/clients/" in out
    assert "nothing was deleted" in out and there(client) == before


def test_all_of_a_stack_is_deleted_and_nothing_of_another(client, capsys):
    others = there(client)["other"]
    assert main(["dismantle", "--yes", "visage"]) == 0
    assert "visage-faces is deleted" in capsys.readouterr().out
    left = there(client)
    assert left["other"] == others
    # The path of every stack's keys begins with /visage/.
    assert left["visage"] - sum("/visage/other/" in each["Name"] for each in
                                client("ssm").describe_parameters()["Parameters"]) == 0  # fmt: skip


def test_it_continues_after_a_stack_was_deleted(client, capsys):
    client("cloudformation").delete_stack(StackName="visage")
    assert "visage-table" in client("dynamodb").list_tables()["TableNames"], "it is retained"
    assert main(["dismantle", "--yes", "visage"]) == 0
    assert "visage-table" not in client("dynamodb").list_tables()["TableNames"]
    assert main(["dismantle", "--yes", "visage"]) == 0, "a second time"
    assert "was already gone" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--yes", "other"), "--yes other does not name the stack visage"),
        (("--stack", "nowhere"), "there is no stack nowhere"),
    ],
)
def test_nothing_is_deleted_by_mistake(client, capsys, arguments, said):
    before = there(client)
    assert main(["dismantle", *arguments]) == 2
    assert said in capsys.readouterr().err and there(client) == before
