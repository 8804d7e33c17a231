"""Nonces: a signed request is answered once."""

import hashlib
import time

from visage import aws
from visage.errors import Reason, VisageError
from visage.settings import settings

KEEP_SECONDS = 31 * 60
"""Longer than a signature lives: 15 minutes of clock on either side of now, and a minute to spare."""


def spend(client_id: str, nonce: str) -> None:
    """Use up a client's nonce. Raises VisageError(NONCE_USED) when it was used within `KEEP_SECONDS`."""
    now = int(time.time())
    digest = hashlib.sha256(nonce.encode()).hexdigest()
    table = aws.client("dynamodb")
    try:
        table.put_item(
            TableName=settings().table,
            Item={
                "pk": {"S": f"NONCE#{client_id}#{digest}"},
                "sk": {"S": "NONCE"},
                "expires": {"N": str(now + KEEP_SECONDS)},
            },
            # TTL collects garbage late: an expired item still lying there must not count.
            ConditionExpression="attribute_not_exists(pk) OR expires < :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )
    except table.exceptions.ConditionalCheckFailedException:
        raise VisageError(Reason.NONCE_USED) from None
