"""How the local stack is: what it holds, what waits, and what was given up."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cli.replay import LETTERS
from local.cloud.client import aws_client
from local.template.intrinsics import STACK

QUEUES = ("ScanQueue", "CallbackQueue")


def figures(settings: Mapping[str, str], endpoint: str) -> dict[str, Any]:
    """Rows by kind, messages by queue, files and bytes by bucket. It reads the whole table: for a local one."""
    dynamodb, sqs, s3 = (aws_client(service, endpoint) for service in ("dynamodb", "sqs", "s3"))
    kinds: Counter[str] = Counter()
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=settings["VISAGE_TABLE"], ProjectionExpression="pk, faces, ids", ConsistentRead=True
    )
    for row in (row for page in pages for row in page["Items"]):
        kind = row["pk"]["S"].partition("#")[0]
        kinds[kind] += 1
        if kind == "PERSON":
            kinds["faces"] += len(row.get("faces", {}).get("L", ()))
        elif kind == "GROUPS":
            kinds["groups"] += len(row.get("ids", {}).get("SS", ()))
    buckets = ("VISAGE_FACE_BUCKET", "VISAGE_SNAPSHOT_BUCKET", "VISAGE_UPLOAD_BUCKET")
    return {
        "persons": kinds["PERSON"],
        "faces": kinds["faces"],
        "groups": kinds["groups"],
        "tasks": kinds["JOBS"],
        "queues": {name: _waiting(sqs, name) for name in QUEUES},
        "letters": {letters.queue: _waiting(sqs, letters.queue) for letters in LETTERS.values()},
        "buckets": {name.split("_")[1].lower(): _held(s3, settings[name]) for name in buckets},
    }


def _waiting(sqs: Any, name: str) -> int:
    """Messages in a queue, those that are being worked on as well."""
    url = sqs.get_queue_url(QueueName=f"{STACK}-{name}")["QueueUrl"]
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"].values()))


def _held(s3: Any, bucket: str) -> dict[str, int]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    sizes = [each["Size"] for page in pages for each in page.get("Contents", ())]
    return {"files": len(sizes), "bytes": sum(sizes)}
