"""Which deployment a command speaks to: a stack on AWS, or a local one."""

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


class TargetError(Exception):
    """A command could not be done; the text says why, in one sentence."""


def add_target_options(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stack", default="visage", help="name of the CloudFormation stack (default: visage)")
    where.add_argument(
        "--local", nargs="?", const=".local", type=Path, metavar="STATE",
        help="the local stack that runs with this state folder (default: .local)",
    )  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A deployment. `local` is a running local stack's description (its stack.json), or None for AWS."""

    stack: str
    local: dict[str, Any] | None

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Target":
        """Raises TargetError when no local stack runs with the named state folder."""
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
        """Raises TargetError where there is no such stack: it would have no use for keys."""
        return ClientStore(self.output("ClientPath"), self.client("ssm"))

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the account that the stack is in, or of the local stack's cloud."""
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
        """The library of this name, or the only one, for a process that has `adopt`ed the deployment's settings.

        Raises TargetError for one that is not there, or not any more, and where there is no only one.
        """
        from cli.libraries import erased, libraries  # here: the other commands start without the gallery

        there = libraries(self.clients)
        if named is None:
            if len(there) != 1:
                raise TargetError(f"say which --library: {', '.join(sorted(there)) or 'there is none'}")
            return there.pop()
        if named not in there:
            when = erased(named)
            raise TargetError(f"the library {named} was erased on {when}" if when else f"there is no library {named!r}")
        return named

    def output(self, name: str) -> str:
        """An output of the stack. Raises TargetError where there is no such stack, or it has no such output."""
        if self.local is not None:
            return {"ClientPath": self.local["clientPath"], "Endpoint": self.local["url"]}[name]
        (stack,) = self._asked("describe_stacks")["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        if name not in outputs:
            raise TargetError(f"the stack {self.stack!r} has no output {name}: is it one of Visage, and deployed?")
        return outputs[name]

    def resource(self, logical_id: str) -> str:
        """What CloudFormation calls a resource of the stack on AWS: a function's name, a queue's URL."""
        found = self._asked("describe_stack_resource", LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def _asked(self, operation: str, **parameters: str) -> dict[str, Any]:
        """What CloudFormation says of the stack. Raises TargetError where there is none."""
        try:
            return getattr(self.client("cloudformation"), operation)(StackName=self.stack, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise failed_call(error) from None
            raise TargetError(f"{error.response['Error']['Message']} (--stack names another one)") from None
        except BotoCoreError as error:
            raise failed_call(error) from None

    def queue(self, logical_id: str) -> str:
        """URL of a queue of the stack."""
        if self.local is None:
            return self.resource(logical_id)
        return self.client("sqs").get_queue_url(QueueName=f"{self.local['stack']}-{logical_id}")["QueueUrl"]

    def queues(self, logical_ids: Iterable[str]) -> dict[str, str]:
        """URLs of queues of the stack, by their logical ids."""
        return {logical_id: self.queue(logical_id) for logical_id in logical_ids}

    def operator(self) -> str:
        """Who is at the command line, as the audit trail is to call him."""
        return "local" if self.local is not None else self.client("sts").get_caller_identity()["Arn"]

    def adopt(self, models: Path | None = None) -> None:
        """Lets this process work on the deployment's data as its functions do, with the models in this folder, if any.

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
    """What boto3 says, as a sentence of ours."""
    return TargetError(f"the deployment did not answer as it should: {error}")
