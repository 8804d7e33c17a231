"""Which deployment a command speaks to: a stack on AWS, or a local one."""

import argparse
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from visage.access.clients import ClientStore


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
        if not {"url", "endpoint", "region", "clientPath"} <= local.keys():
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


def failed_call(error: BotoCoreError | ClientError) -> TargetError:
    """What boto3 says, as a sentence of ours."""
    return TargetError(f"the deployment did not answer as it should: {error}")
