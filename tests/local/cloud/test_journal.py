"""What was acknowledged survives even if the local AWS is killed at that moment."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from local.cloud.client import aws_client
from local.cloud.journal import Journal
from local.stack import claim, serve
from tests.local.cloud.test_state import BUCKET, ITEM, QUEUE, TABLE, TEMPLATE
from tests.local.test_serve import Start, _family, _url, start

__all__ = ["start"]


def _write(endpoint: str, number: int) -> None:
    """Writes of every kind, all acknowledged."""
    dynamodb, s3 = aws_client("dynamodb", endpoint), aws_client("s3", endpoint)
    key = {"pk": {"S": f"p{number}"}, "sk": {"S": "1"}}
    dynamodb.put_item(TableName=TABLE, Item={**ITEM, **key})
    dynamodb.update_item(
        TableName=TABLE, Key=key, UpdateExpression="ADD times :one", ExpressionAttributeValues={":one": {"N": "1"}}
    )
    transacted = {"TableName": TABLE, "Item": {"pk": {"S": f"t{number}"}, "sk": {"S": "1"}}}
    dynamodb.transact_write_items(TransactItems=[{"Put": transacted}])
    s3.put_object(Bucket=BUCKET, Key=f"small/{number}", Body=b"\xff%d" % number)
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key=f"ä/{number}")["UploadId"]
    parts = [
        {"PartNumber": part, "ETag": s3.upload_part(
            Bucket=BUCKET, Key=f"ä/{number}", UploadId=begun, PartNumber=part, Body=b"%d" % part * 5 * 2**20
        )["ETag"]}
        for part in (1, 2)
    ]  # fmt: skip
    s3.complete_multipart_upload(
        Bucket=BUCKET, Key=f"ä/{number}", UploadId=begun, MultipartUpload={"Parts": parts}
    )
    aws_client("ssm", endpoint).put_parameter(Name=f"/p{number}", Value="secret", Type="SecureString")
    sqs = aws_client("sqs", endpoint)
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"], MessageBody=f"m{number}")
    vectors, index = aws_client("s3vectors", endpoint), {"vectorBucketName": "visage-local-vectorbucket"}
    vectors.create_index(**index, indexName=f"index{number}", dataType="float32", dimension=2, distanceMetric="cosine")
    vectors.put_vectors(**index, indexName=f"index{number}", vectors=[{"key": "a", "data": {"float32": [1.0, 2.0]}}])


def _found(endpoint: str) -> dict[str, Any]:
    dynamodb, s3 = aws_client("dynamodb", endpoint), aws_client("s3", endpoint)
    items = dynamodb.scan(TableName=TABLE)["Items"]
    sqs = aws_client("sqs", endpoint)
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    vectors, bucket = aws_client("s3vectors", endpoint), {"vectorBucketName": "visage-local-vectorbucket"}
    return {
        "items": sorted(item["pk"]["S"] for item in items),
        "times": {item["pk"]["S"]: item["times"]["N"] for item in items if "times" in item},
        "objects": {
            entry["Key"]: s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()[-3:]
            for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        },
        "parameters": sorted(each["Name"] for each in aws_client("ssm", endpoint).describe_parameters()["Parameters"]),
        "messages": sorted(message["Body"] for message in received),
        "vectors": [
            (name, [each["key"] for each in vectors.list_vectors(**bucket, indexName=name)["vectors"]])
            for name in [index["indexName"] for index in vectors.list_indexes(**bucket)["indexes"]]
        ],
    }  # fmt: skip


def _is_free(state: Path) -> bool:
    with claim(state) as claimed:
        return claimed is not None


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_what_was_acknowledged_is_there_after_all_are_killed_at_once(start: Start, tmp_path: Path) -> None:
    template, state = tmp_path / "template.yaml", tmp_path / "state"
    template.write_text("Parameters: {Notes: {Type: String, Default: -}}" + TEMPLATE)
    numbers = range(2)
    for number in numbers:  # the second begins with what the first has left
        process = start("--port", "0", "--template", str(template))
        _url(process)
        _write(json.loads((state / "stack.json").read_text())["endpoint"], number)
        for member in _family(state):
            os.kill(member, signal.SIGKILL)
        process.wait()
        while not _is_free(state):
            time.sleep(0.02)
    with serve(state=state, template_file=template) as stack:
        found = _found(stack.endpoint)
        (first_client,) = [name for name in found.pop("parameters") if name not in {f"/p{each}" for each in numbers}]
        assert first_client.startswith("/visage/clients/")
        assert found == {
            "items": sorted(f"{kind}{each}" for kind in "pt" for each in numbers),
            "times": {f"p{each}": "1" for each in numbers},
            "objects": {f"small/{each}": b"\xff%d" % each for each in numbers} | dict.fromkeys(
                (f"ä/{each}" for each in numbers), b"222"
            ),
            "messages": [f"m{each}" for each in numbers],
            "vectors": [(f"index{each}", ["a"]) for each in numbers],
        }
    assert list((state / "aws" / "journal").iterdir()) == [], "all of it is saved"


def test_half_an_entry_is_none(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.add("s3", {"REQUEST_METHOD": "PUT", "PATH_INFO": "/a", "HTTP_HOST": "h", "wsgi.input": object()}, b"\xff")
    journal.add("sqs", {}, b"second")
    (file,) = (tmp_path / "journal").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    later = Journal(tmp_path / "journal")
    (entry,) = later.entries()
    assert (entry.number, entry.service, entry.body) == (1, "s3", b"\xff")
    assert entry.environ == {"REQUEST_METHOD": "PUT", "PATH_INFO": "/a", "HTTP_HOST": "h"}
    later.add("ssm", {}, b"")
    assert later.last == 2 and len(later.turn()) == 2
