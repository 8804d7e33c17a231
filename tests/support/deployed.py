"""An in-memory deployment as the command line finds it on AWS: a stack described by CloudFormation."""

import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from visage import aws

QUEUES = ("CallbackDeadLetters", "CallbackQueue", "ScanDeadLetters", "ScanQueue", "UploadDeadLetters")


def describe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a `deployment`: stacks visage, prod and other, with queues, and a function with these settings."""
    sqs = aws.client("sqs")
    resources = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
    resources["AddFacesFunction"] = "visage-AddFaces-1"
    described = Described(resources, {name: value for name, value in os.environ.items() if name.startswith("VISAGE_")})
    known = {"cloudformation": described, "lambda": described}
    monkeypatch.setattr(os, "environ", {**os.environ})
    monkeypatch.setattr(
        boto3, "client", lambda service, real=boto3.client, **options: known.get(service) or real(service, **options)
    )


class Described:
    """Responses of CloudFormation and Lambda."""

    def __init__(self, resources: dict[str, str], variables: dict[str, str]) -> None:
        self._resources = resources
        self._variables = variables

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        _check(StackName)
        outputs = {"ClientPath": f"/visage/{StackName}/clients/", "Endpoint": f"{StackName}.example.com"}
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]}]}

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str) -> dict[str, Any]:
        _check(StackName)
        return {"StackResourceDetail": {"PhysicalResourceId": self._resources[LogicalResourceId]}}

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:
        assert FunctionName == self._resources["AddFacesFunction"]
        return {"Environment": {"Variables": self._variables}}


def _check(name: str) -> None:
    if name not in ("visage", "prod", "other"):
        message = f"Stack with id {name} does not exist"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
