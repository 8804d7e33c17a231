"""Transactions of the local DynamoDB: all or nothing, at a cost independent of the table's size."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import Item

from local.cloud.transactions import patch_moto
from visage import aws

CHANGE = {
    "Update": {
        "TableName": "visage",
        "Key": {"pk": {"S": "P"}, "sk": {"S": "1"}},
        "UpdateExpression": "SET seen = :yes",
        "ExpressionAttributeValues": {":yes": {"BOOL": True}},
    }
}
NEW = {"Put": {"TableName": "visage", "Item": {"pk": {"S": "Q"}, "sk": {"S": "new"}}}}
GONE = {"Delete": {"TableName": "visage", "Key": {"pk": {"S": "P"}, "sk": {"S": "2"}}}}
FAILING = {
    "ConditionCheck": {
        "TableName": "visage",
        "Key": {"pk": {"S": "P"}, "sk": {"S": "3"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
}


@pytest.fixture
def dynamodb(deployment: None) -> Iterator[Any]:
    patch_moto()
    client = aws.client("dynamodb")
    for number in range(50):
        client.put_item(TableName="visage", Item={"pk": {"S": "P"}, "sk": {"S": str(number)}})
    yield client


def _items(dynamodb: Any) -> list[dict[str, Any]]:
    return sorted(dynamodb.scan(TableName="visage")["Items"], key=str)


def test_a_failing_transaction_leaves_everything_as_it_was(dynamodb: Any) -> None:
    before = _items(dynamodb)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[CHANGE, NEW, GONE, FAILING])
    assert _items(dynamodb) == before


def test_a_transaction_writes_everything(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[CHANGE, NEW, GONE])
    items = {(item["pk"]["S"], item["sk"]["S"]): item for item in _items(dynamodb)}
    assert items["P", "1"]["seen"] == {"BOOL": True}
    assert ("Q", "new") in items and ("P", "2") not in items


def test_a_transaction_copies_no_items_but_its_own(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    copied, deep = [], Item.__deepcopy__
    monkeypatch.setattr(Item, "__deepcopy__", lambda item, memo: copied.append(item) or deep(item, memo))
    dynamodb.transact_write_items(TransactItems=[CHANGE, NEW, GONE])
    assert 0 < len(copied) < 10
