"""Sends the record of an asynchronous invocation whose last attempt failed to a queue, as Lambda does.

"Capturing records of Lambda asynchronous invocations" in the AWS Lambda developer guide.
"""

import json
import time
import uuid
from typing import Any

from local.cloud.client import aws_client
from local.functions.runtime import Answer
from local.template.intrinsics import ACCOUNT, REGION


def send(endpoint: str, queue: str, function: str, event: Any, attempts: int, answer: Answer) -> None:
    """Send the record; `answer` is the response of the last attempt."""
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:$LATEST"
    record = {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": arn,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": json.loads(answer.payload),
    }
    sqs = aws_client("sqs", endpoint)
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record, ensure_ascii=False))
