"""The deployment that a command talks to: a stack on AWS, or a local one."""

import argparse
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from visage.access.clients import ClientStore
from visage.settings import settings

MODELS = Path(__file__).resolve().parents[2] / ".build" / "models"


class TargetError(Exception):
    """A command failed; the text says why, in one sentence."""


def add_target_options(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stack", default="visage", help="name of the CloudFormation stack (default: visage)")
    where.add_argument(
        "--local", nargs="?", const=".local", type=Path, metavar="STATE",
        help="use the local stack with this state folder (default: .local)",
    )  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A deployment. `local` is the description of a running local stack (its stack.json), or None for AWS."""

    stack: str
    local: dict[str, Any] | None

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Target":
        """Parse the options. Raises TargetError when no local stack runs with the given state folder."""
        if options.local is None:
            return cls(options.stack, None)
        file = options.local / "stack.json"
        try:
            local = json.loads(file.read_text())
        except FileNotFoundError:
            message = f"no local stack runs with the state folder {options.local}; start one: make run"
            raise TargetError(message) from None
        except ValueError:
            local = {}
        if not {"url", "endpoint", "region", "stack", "clientPath", "settings", "events"} <= local.keys():
            raise TargetError(f"{file} does not describe a local stack")
        return cls(options.stack, local)

    @cached_property
    def clients(self) -> ClientStore:
        """The deployment's client keys. Raises TargetError when the stack does not exist."""
        return ClientStore(self.output("ClientPath"), self.client("ssm"))

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client for the stack's AWS account, or for the local stack's cloud."""
        if self.local is None:
            return boto3.client(service, **options)
        return boto3.client(
            service,
            endpoint_url=self.local["endpoint"],
            region_name=self.local["region"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            **options,
        )

    def library(self, named: str | None) -> str:
        """The library of this name, or the only one. Requires `adopt`.

        Raises TargetError for an unknown or erased library, and when there is not exactly one to choose.
        """
        from cli.deployment.libraries import erased, libraries  # imported here for a fast start

        existing = libraries(self.clients)
        if named is None:
            if len(existing) != 1:
                raise TargetError(f"choose a --library: {', '.join(sorted(existing)) or 'none exists'}")
            return existing.pop()
        if named not in existing:
            when = erased(named)
            raise TargetError(f"the library {named} was erased on {when}" if when else f"no library is named {named!r}")
        return named

    def output(self, name: str) -> str:
        """An output of the stack. Raises TargetError when the stack or the output does not exist."""
        if self.local is not None:
            return {"ClientPath": self.local["clientPath"], "Endpoint": self.local["url"]}[name]
        (stack,) = self._call_cloudformation("describe_stacks")["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        if name not in outputs:
            raise TargetError(f"the stack {self.stack!r} has no output {name}: is it a deployed Visage stack?")
        return outputs[name]

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource of the stack on AWS: a function's name, a queue's URL."""
        found = self._call_cloudformation("describe_stack_resource", LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def _call_cloudformation(self, operation: str, **parameters: str) -> dict[str, Any]:
        """Call CloudFormation for the stack. Raises TargetError when the stack does not exist."""
        try:
            return getattr(self.client("cloudformation"), operation)(StackName=self.stack, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise failed_call(error) from None
            raise TargetError(f"{error.response['Error']['Message']} (choose another one with --stack)") from None
        except BotoCoreError as error:
            raise failed_call(error) from None

    def queue(self, logical_id: str) -> str:
        """The URL of a queue of the stack."""
        if self.local is None:
            return self.resource(logical_id)
        return self.client("sqs").get_queue_url(QueueName=f"{self.local['stack']}-{logical_id}")["QueueUrl"]

    def queues(self, logical_ids: Iterable[str]) -> dict[str, str]:
        """The URLs of queues of the stack, by logical id."""
        return {logical_id: self.queue(logical_id) for logical_id in logical_ids}

    def operator(self) -> str:
        """The operator's name in the audit trail."""
        return "local" if self.local is not None else self.client("sts").get_caller_identity()["Arn"]

    def adopt(self, models: Path | None = None) -> None:
        """Make this process use the deployment's settings, and the models in this folder, if any.

        The settings are those of the function that enrols faces.
        """
        if self.local is None:
            name = self.resource("AddFacesFunction")
            function = self.client("lambda").get_function_configuration(FunctionName=name)
            environment = function["Environment"]["Variables"]
        else:
            environment = self.local["settings"] | {
                "AWS_ENDPOINT_URL": self.local["endpoint"],
                "AWS_DEFAULT_REGION": self.local["region"],
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
            }
        os.environ.update(environment | ({"VISAGE_MODELS": str(models)} if models else {}))
        settings.cache_clear()


def failed_call(error: BotoCoreError | ClientError) -> TargetError:
    """A TargetError for an error of boto3."""
    return TargetError(f"a call to the deployment failed: {error}")
