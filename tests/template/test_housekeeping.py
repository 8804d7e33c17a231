"""The template's inline code, which runs when the stack is created or deleted."""

import sys
from types import ModuleType, SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from tests.template.document import properties, template

CODE = properties("Housekeeper")["Code"]["ZipFile"]
BUCKET = "visage-uploads"


class Gateway:
    """API Gateway's account settings, which moto does not change."""

    def __init__(self, role):
        self.role = role

    def get_account(self):
        return {"cloudwatchRoleArn": self.role} if self.role else {}

    def update_account(self, patchOperations):
        (change,) = patchOperations
        assert (change["op"], change["path"]) == ("replace", "/cloudwatchRoleArn")
        self.role = change["value"]


@pytest.fixture
def keep_house(monkeypatch):
    """Runs the handler and returns its response to CloudFormation."""
    told, response = [], ModuleType("cfnresponse")
    response.SUCCESS, response.FAILED = "SUCCESS", "FAILED"
    response.send = lambda _event, _context, status, _data, physical: told.append((status, physical))
    monkeypatch.setitem(sys.modules, "cfnresponse", response)
    names = {}
    exec(compile(CODE, "housekeeper", "exec"), names)

    def run(kind, **clients):
        real = boto3.client
        names["boto3"] = SimpleNamespace(client=lambda service: clients.get(service) or real(service, "eu-central-1"))
        names["handler"]({"RequestType": kind, "ResourceProperties": {"Bucket": BUCKET, "LogRole": "ours"}}, None)
        return told.pop()

    return run


@pytest.mark.parametrize(("before", "after"), [("", "ours"), ("of-another-api", "of-another-api")])
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_account_keeps_the_role_for_logs_that_it_has(keep_house, kind, before, after):
    gateway = Gateway(before)
    assert keep_house(kind, apigateway=gateway) == ("SUCCESS", BUCKET)
    assert gateway.role == after


def test_the_upload_bucket_is_emptied_before_its_deletion(keep_house):
    with mock_aws():
        s3 = boto3.client("s3", "eu-central-1")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_object(Bucket=BUCKET, Key="acme/uploads/1.jpg", Body=b"-")
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=BUCKET, Key="acme/uploads/2.jpg", Body=b"-")
        s3.delete_object(Bucket=BUCKET, Key="acme/uploads/2.jpg")
        s3.create_multipart_upload(Bucket=BUCKET, Key="acme/uploads/3.jpg")
        assert keep_house("Delete") == ("SUCCESS", BUCKET)
        s3.delete_bucket(Bucket=BUCKET)


def test_a_failure_is_reported_without_its_text(keep_house, capsys):
    with mock_aws():
        assert keep_house("Delete") == ("FAILED", BUCKET)  # there is no such bucket
    assert capsys.readouterr().out.strip() == "NoSuchBucket"


def test_the_bucket_outlives_its_emptying_and_the_api_waits_for_the_role():
    resources = template()["Resources"]
    assert resources["Api"]["DependsOn"] == "Housekeeping"
    assert resources["Housekeeping"]["Properties"]["Bucket"] == {"Ref": "UploadBucket"}
    assert resources["Housekeeping"]["DependsOn"] == "UploadBucketPolicy"


def test_every_role_can_be_bounded():
    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role" and name != "UploadRole":
            wanted = {"Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]}
            assert resource["Properties"]["PermissionsBoundary"] == wanted, name
