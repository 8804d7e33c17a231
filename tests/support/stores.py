"""The table and buckets of a deployment in memory, created without a request: most tests start with them."""

import os
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from tests.support.dynamodb import ENDPOINT
from tests.support.quick_aws import speed_up_moto as speed_up_moto
from visage import aws

REGION = "eu-central-1"
TABLES = {"visage": ("pk", "sk"), "visage-audit": ("library", "at")}
"""Partition and sort key by table; all are strings."""
BUCKETS = ("visage-uploads", "visage-faces", "visage-snapshots")


def create_stores() -> None:
    """Create the tables and buckets, empty; tables in a DynamoDB server where one is configured."""
    (_recreate_tables if ENDPOINT in os.environ else _add_tables)()
    for name in BUCKETS:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(name, REGION)


def _add_tables() -> None:
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
    for name, keys in TABLES.items():
        backend.create_table(
            name, **_key(keys), billing_mode="PAY_PER_REQUEST", throughput=None, global_indexes=[], indexes=[],
            streams=None, sse_specification=None, tags=[], deletion_protection_enabled=False, warm_throughput=None,
        )  # fmt: skip


def _recreate_tables() -> None:
    client = aws.client("dynamodb")
    for name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    for name, keys in TABLES.items():
        key = _key(keys)
        client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=key["schema"], AttributeDefinitions=key["attr"]
        )


def replace_rows(table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Replace all rows of a table; without a request for each where it is in memory."""
    if ENDPOINT not in os.environ:
        stored = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table(table)
        stored.items.clear()
        for row in rows:
            stored.put_item(_as_sent(row))
        return
    client = aws.client("dynamodb")
    for row in client.scan(TableName=table)["Items"]:
        client.delete_item(TableName=table, Key={name: row[name] for name in TABLES[table]})
    for row in rows:
        client.put_item(TableName=table, Item=row)


def _as_sent(value: Any) -> Any:
    """A row as clients send it: bytes in base64."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _as_sent(content) for key, content in value.items()}
    return [_as_sent(content) for content in value] if isinstance(value, list) else value


def put_object(bucket: str, key: str, content: bytes) -> None:
    """Add an object without a request."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, content)


def _key(names: tuple[str, str]) -> dict[str, Any]:
    """The schema and the attributes of a key of two strings."""
    kinds = zip(names, ("HASH", "RANGE"), strict=True)
    return {
        "schema": [{"AttributeName": name, "KeyType": kind} for name, kind in kinds],
        "attr": [{"AttributeName": name, "AttributeType": "S"} for name in names],
    }
