"""State that survives a restart."""

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from local.cloud.client import aws_client
from local.cloud.journal import Journal
from local.cloud.process import SerialRequests
from local.cloud.state import State
from local.cloud.vectors import Vectors
from local.first_client import Client
from local.stack import Stack, serve

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: v1}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: sk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: sk, KeyType: RANGE}]
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
  Bucket: {Type: AWS::S3::Bucket}
  VectorBucket: {Type: AWS::S3Vectors::VectorBucket}
  Queue: {Type: AWS::SQS::Queue}
  Function:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, CodeUri: ., Environment: {Variables: {VISAGE_CLIENT_PATH: /visage/clients/}}}
"""
TABLE, BUCKET, QUEUE = "visage-local-Table", "visage-local-bucket", "visage-local-Queue"
ITEM = {
    "pk": {"S": "ä"}, "sk": {"S": "1"}, "face": {"B": b"\x00\xff"}, "flag": {"BOOL": True}, "none": {"NULL": True},
    "map": {"M": {"list": {"L": [{"N": "1.5"}, {"S": ""}]}}}, "set": {"SS": ["a", "b"]}, "bytes": {"BS": [b"\x01"]},
}  # fmt: skip
INDEX = {"vectorBucketName": "visage-local-vectorbucket", "indexName": "group"}
VECTORS = [{"key": key, "data": {"float32": data}} for key, data in (("a", [0.5, 0.25]), ("b", [0.0, 1.0]))]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    return file


def _fill(endpoint: str) -> dict[str, Any]:
    aws_client("dynamodb", endpoint).put_item(TableName=TABLE, Item=ITEM)
    s3 = aws_client("s3", endpoint)
    s3.put_object(Bucket=BUCKET, Key="a/b.png", Body=b"\xffpng", ContentType="image/png", Metadata={"who": "me"})
    s3.put_object(Bucket=BUCKET, Key="gone", Body=b"x")
    s3.delete_object(Bucket=BUCKET, Key="gone")
    ssm = aws_client("ssm", endpoint)
    ssm.put_parameter(Name="/secret", Value="one", Type="SecureString", Tags=[{"Key": "k", "Value": "v"}])
    ssm.put_parameter(Name="/secret", Value="two", Type="SecureString", Overwrite=True)
    sqs = aws_client("sqs", endpoint)
    attributes = {"Raw": {"DataType": "Binary", "BinaryValue": b"\xff"}}
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"], MessageBody="later", MessageAttributes=attributes
    )
    return ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]


def _fill_index(endpoint: str) -> datetime:
    """When the index was made."""
    vectors = aws_client("s3vectors", endpoint)
    vectors.create_index(**INDEX, dataType="float32", dimension=2, distanceMetric="cosine")
    vectors.put_vectors(**INDEX, vectors=VECTORS)
    return vectors.get_index(**INDEX)["index"]["creationTime"]


def _fill_with_expiring_items(endpoint: str) -> None:
    for key, expires in (("old", time.time() - 1), ("new", time.time() + 900)):
        item = {"pk": {"S": key}, "sk": {"S": "1"}, "expires": {"N": str(int(expires))}}
        aws_client("dynamodb", endpoint).put_item(TableName=TABLE, Item=item)


@dataclass(frozen=True)
class Restarted:
    """A stack whose state another one has filled."""

    stack: Stack
    client: Client | None
    """The first client, as that other stack knew it; and so on."""
    described: dict[str, Any]
    parameter: dict[str, Any]
    stored: dict[str, Any]
    index_created: datetime


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    folder = tmp_path_factory.mktemp("restarted")
    state, template_file = folder / "state", folder / "template.yaml"
    template_file.write_text(TEMPLATE)
    with serve(state=state, template_file=template_file) as stack:
        parameter = _fill(stack.endpoint)
        _fill_with_expiring_items(stack.endpoint)
        created = _fill_index(stack.endpoint)
        stored = aws_client("s3", stack.endpoint).head_object(Bucket=BUCKET, Key="a/b.png")
        described = json.loads((state / "stack.json").read_text())
        assert (described["endpoint"], described["url"]) == (stack.endpoint, stack.url)
        assert stack.client and json.loads(stack.client_file.read_text()) == {
            "accessKeyId": stack.client.id,
            "accessKeySecret": stack.client.secret,
        }
        client = stack.client
    with serve(state=state, template_file=template_file) as stack:
        yield Restarted(stack, client, described, parameter, stored, created)


def test_tables_survive_a_restart_but_for_what_has_expired(restarted: Restarted) -> None:
    items = aws_client("dynamodb", restarted.stack.endpoint).scan(TableName=TABLE)["Items"]
    kept = {item["pk"]["S"]: item for item in items}
    assert kept.keys() == {"new", ITEM["pk"]["S"]} and kept[ITEM["pk"]["S"]] == ITEM


def test_buckets_survive_a_restart(restarted: Restarted) -> None:
    s3 = aws_client("s3", restarted.stack.endpoint)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["a/b.png"]
    found = s3.get_object(Bucket=BUCKET, Key="a/b.png")
    assert found["Body"].read() == b"\xffpng"
    for name in ("ContentType", "Metadata", "ETag", "LastModified"):
        assert found[name] == restarted.stored[name], name


def test_parameters_survive_a_restart(restarted: Restarted) -> None:
    ssm = aws_client("ssm", restarted.stack.endpoint)
    kept = ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]
    assert (kept["Value"], kept["Type"], kept["Version"]) == ("two", "SecureString", 2)
    assert kept["LastModifiedDate"] == restarted.parameter["LastModifiedDate"]
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/secret")["TagList"]
    assert tags == [{"Key": "k", "Value": "v"}]


def test_queues_survive_a_restart(restarted: Restarted) -> None:
    sqs = aws_client("sqs", restarted.stack.endpoint)
    queue = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "later"
    assert message["MessageAttributes"]["Raw"]["BinaryValue"] == b"\xff"


def test_vectors_survive_a_restart(restarted: Restarted) -> None:
    vectors = aws_client("s3vectors", restarted.stack.endpoint)
    assert vectors.get_vectors(**INDEX, keys=["a", "b"], returnData=True)["vectors"] == VECTORS
    assert vectors.get_index(**INDEX)["index"]["creationTime"] == restarted.index_created
    found = vectors.query_vectors(**INDEX, queryVector={"float32": [0.0, 2.0]}, topK=1)
    assert found["vectors"] == [{"key": "b"}]


def test_a_first_client_is_made_once(restarted: Restarted) -> None:
    assert restarted.client and restarted.stack.client == restarted.client
    assert restarted.described["clientPath"] == "/visage/clients/"
    name = f"/visage/clients/{restarted.client.id}"
    kept = aws_client("ssm", restarted.stack.endpoint).get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert restarted.client.secret in kept["Value"]
    assert kept["Type"] == "SecureString"


def test_nothing_of_the_state_is_open_to_others(restarted: Restarted) -> None:
    state = restarted.stack.state
    assert (state / "stack.json").stat().st_mode & 0o777 == 0o600
    for path in state.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert len(list((state / "aws" / "objects").iterdir())) == 1


def test_what_the_template_lacks_is_named_and_kept(tmp_path: Path, template: Path) -> None:
    state = tmp_path / "state"
    with serve(state=state, template_file=template) as stack:
        _fill(stack.endpoint)
    template.write_text(TEMPLATE.replace("Table:\n", "Other:\n"))
    with serve(state=state, template_file=template) as stack:
        assert stack.orphaned == (f"dynamodb/{TABLE}",)
        aws_client("dynamodb", stack.endpoint).put_item(TableName="visage-local-Other", Item=ITEM)
    stored = json.loads((state / "aws" / "dynamodb.json").read_text())
    assert [len(stored[name]) for name in (TABLE, "visage-local-Other")] == [1, 1]


def test_what_is_written_is_on_disk_soon(tmp_path: Path, template: Path) -> None:
    state = tmp_path / "state"
    with serve(state=state, template_file=template) as stack:
        aws_client("dynamodb", stack.endpoint).put_item(TableName=TABLE, Item=ITEM)
        file, deadline = state / "aws" / "dynamodb.json", time.monotonic() + 5
        while not (file.exists() and json.loads(file.read_text())[TABLE]):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_requests_are_handled_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def application(_environ: Any, _start_response: Any) -> list[bytes]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1
        return []

    state = State(tmp_path / "state", Vectors("us-east-1", "123456789012"))
    cloud = SerialRequests(application, state, Journal(tmp_path))
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: cloud({"wsgi.input": io.BytesIO(), "REQUEST_METHOD": "GET"}, None), range(16)))
    assert most == 1
