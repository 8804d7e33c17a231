"""`visage dismantle`: deletes a stack and everything that CloudFormation leaves behind, persons and keys included."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from cli.deployment import buckets
from cli.deployment.target import Target, TargetError, failed_call

_MISSING = {"NoSuchBucket", "NotFoundException", "ResourceNotFoundException", "TableNotFoundException"}


@dataclass(frozen=True, slots=True)
class Left:
    """Something that CloudFormation leaves behind."""

    kind: str
    name: str


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "dismantle",
        parents=[shared],
        help="delete a stack with all its data: persons, images, keys",
        description="Deletes the stack, and then what CloudFormation leaves behind: tables, buckets, vectors and "
        "client keys. Without --yes it only lists them. It may be interrupted and started again.",
    )
    parser.add_argument("--yes", metavar="NAME", help="the stack's name again, to confirm the deletion")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    target = Target.of(options)
    if target.local is not None:
        raise TargetError("a local stack is its state folder: stop the stack, and delete the folder")
    if options.yes not in (None, target.stack):
        raise TargetError(f"--yes {options.yes} does not name the stack {target.stack}")
    try:
        stack, status = _stack(target)
        left = [*_left(target, stack)]
        if options.yes is None:
            for each in left:
                print(f"{each.kind:<13} {each.name}")
            print(f"nothing was deleted; to delete the stack and all of these: --yes {target.stack}")
            return 0
        if status != "DELETE_COMPLETE":
            target.client("cloudformation").delete_stack(StackName=stack)
            target.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=stack)
            print(f"stack         {target.stack} is deleted")
        for each in left:
            print(f"{each.kind:<13} {each.name} {_delete(target, each)}")
    except WaiterError:
        raise TargetError(f"the stack {target.stack} could not be deleted: its events say why; try again") from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    return 0


def _stack(target: Target) -> tuple[str, str]:
    """Id and status of the stack, or of the last one of its name that was deleted. Raises TargetError."""
    pages = target.client("cloudformation").get_paginator("list_stacks").paginate()
    stacks = [each for page in pages for each in page["StackSummaries"] if each["StackName"] == target.stack]
    if not stacks:
        raise TargetError(f"there is no stack {target.stack}, and none was deleted in the last 90 days")
    there = [each for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"]
    found = (there or sorted(stacks, key=lambda each: each["CreationTime"]))[-1]
    return found["StackId"], found["StackStatus"]


def _left(target: Target, stack: str) -> Iterator[Left]:
    pages = target.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    for each in (each for page in pages for each in page["StackResourceSummaries"]):
        if each["ResourceType"] in _KINDS:
            yield Left(_KINDS[each["ResourceType"]], each["PhysicalResourceId"])
    yield Left("client keys", f"/visage/{target.stack}/clients/")


def _delete(target: Target, left: Left) -> str:
    """Delete it and return the outcome."""
    try:
        _DELETE[left.kind](target, left.name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        return "was already gone"
    return "is deleted"


def _delete_table(target: Target, name: str) -> None:
    """Delete the table without the final backup that point-in-time recovery would keep for 35 days."""
    dynamodb = target.client("dynamodb")
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=off)
    dynamodb.delete_table(TableName=name)


def _delete_bucket(target: Target, name: str) -> None:
    s3 = target.client("s3")
    buckets.erase(s3, name, buckets.versions(s3, name))
    for each in buckets.unfinished(s3, name):
        s3.abort_multipart_upload(**each)
    s3.delete_bucket(Bucket=name)


def _delete_vectors(target: Target, arn: str) -> None:
    vectors = target.client("s3vectors")
    for page in vectors.get_paginator("list_indexes").paginate(vectorBucketArn=arn):
        for each in page["indexes"]:
            vectors.delete_index(indexArn=each["indexArn"])
    vectors.delete_vector_bucket(vectorBucketArn=arn)


def _delete_keys(target: Target, path: str) -> None:
    ssm = target.client("ssm")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path.rstrip("/"), Recursive=True)
    for page in pages:
        if names := [each["Name"] for each in page["Parameters"]]:
            ssm.delete_parameters(Names=names)


_KINDS = {
    "AWS::DynamoDB::Table": "table",
    "AWS::S3::Bucket": "bucket",
    "AWS::S3Vectors::VectorBucket": "vector bucket",
}
_DELETE: Mapping[str, Callable[[Target, str], Any]] = {
    "table": _delete_table,
    "bucket": _delete_bucket,
    "vector bucket": _delete_vectors,
    "client keys": _delete_keys,
}
