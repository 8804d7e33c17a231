"""Makes the cost of moto's DynamoDB transactions independent of the table's size.

moto copies every table of a transaction, to restore it when the transaction fails: at a few thousand items that takes
longer than a client waits. Here the copy shares all items but the transaction's own.
"""

import copy
from collections import defaultdict
from contextvars import ContextVar
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_written: ContextVar[list[dict[str, Any]] | None] = ContextVar("written", default=None)
"""Keys, or whole items, of the current transaction."""


def patch_moto() -> None:
    """Patch all of moto's tables in this process; a second call does nothing."""
    if not hasattr(Table, "__deepcopy__"):
        Table.__deepcopy__ = _backup
        DynamoDBBackend.transact_write_items = _recording(DynamoDBBackend.transact_write_items)


def _recording(write: Any) -> Any:
    @wraps(write)
    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        operations = [operation for item in transact_items for operation in item.values()]
        token = _written.set([operation.get("Key") or operation.get("Item") or {} for operation in operations])
        try:
            write(self, transact_items)
        finally:
            _written.reset(token)

    return transact_write_items


def _backup(table: Table, memo: dict[int, Any]) -> Table:
    """A copy of the table whose items of the current transaction are independent: those are changed in place."""
    backup = copy.copy(table)
    written = _written.get()
    if written is None or not table.has_range_key:  # outside a transaction, or a key without a range key
        backup.items = copy.deepcopy(table.items, memo)
    else:
        backup.items = defaultdict(dict, {value: dict(items) for value, items in table.items.items()})
        for key in written:
            items = backup.items.get(DynamoType(key[table.hash_key_attr]), {})
            range_value = DynamoType(key[table.range_key_attr])
            if range_value in items:
                items[range_value] = copy.deepcopy(items[range_value])
    if table.stream_shard is not None:
        backup.stream_shard = copy.copy(table.stream_shard)
        backup.stream_shard.table = backup
        backup.stream_shard.items = list(table.stream_shard.items)
    return backup
