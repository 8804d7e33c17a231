"""Which deployment a command speaks to: a stack on AWS, or a local one."""

import argparse
import json
import os
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
        if not {"url", "endpoint", "region", "clientPath", "settings"} <= local.keys():
            raise TargetError(f"{file} does not describe a local stack")
        return cls(options.stack, local)

    @cached_property
    def clients(self) -> ClientStore:
        if self.local is None:
            return ClientStore(f"/visage/{self.stack}/clients/", boto3.client("ssm"))
        ssm = boto3.client(
            "ssm",
            endpoint_url=self.local["endpoint"],
            region_name=self.local["region"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        return ClientStore(self.local["clientPath"], ssm)


    def adopt(self, models: Path) -> None:
        """Lets this process work on the deployment's data as its functions do, with the models in this folder.

        The settings are those of the function that enrols faces.
        """
        if self.local is None:
            place = {"StackName": self.stack, "LogicalResourceId": "AddFacesFunction"}
            found = boto3.client("cloudformation").describe_stack_resource(**place)["StackResourceDetail"]
            function = boto3.client("lambda").get_function_configuration(FunctionName=found["PhysicalResourceId"])
            environment = function["Environment"]["Variables"]
        else:
            environment = self.local["settings"] | {
                "AWS_ENDPOINT_URL": self.local["endpoint"],
                "AWS_DEFAULT_REGION": self.local["region"],
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
            }
        os.environ.update(environment | {"VISAGE_MODELS": str(models)})
        settings.cache_clear()


def failed_call(error: BotoCoreError | ClientError) -> TargetError:
    """What boto3 says, as a sentence of ours."""
    return TargetError(f"the deployment did not answer as it should: {error}")
