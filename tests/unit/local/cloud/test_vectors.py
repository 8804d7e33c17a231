"""The S3 Vectors stand-in accepts and refuses what AWS does, and finds the nearest vectors."""

from collections.abc import Iterator
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError

from local.cloud.vectors import Vectors
from tests.support.vectors import answered_by

BUCKET, INDEX = "faces", "group"
AT = {"vectorBucketName": BUCKET, "indexName": INDEX}


@pytest.fixture
def service() -> Vectors:
    return Vectors("eu-central-1", "123456789012")


@pytest.fixture
def client(service: Vectors) -> Iterator[Any]:
    made = boto3.client("s3vectors", "eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    with answered_by(service, made):
        made.create_vector_bucket(vectorBucketName=BUCKET)
        made.create_index(**AT, dataType="float32", dimension=4, distanceMetric="cosine")
        yield made


def _put(client: Any, **vectors: list[float]) -> None:
    client.put_vectors(**AT, vectors=[{"key": key, "data": {"float32": data}} for key, data in vectors.items()])


def _query(client: Any, probe: list[float], top: int = 10, **more: Any) -> list[tuple[str, float]]:
    answer = client.query_vectors(**AT, queryVector={"float32": probe}, topK=top, returnDistance=True, **more)
    assert answer["distanceMetric"] == "cosine"
    return [(found["key"], found["distance"]) for found in answer["vectors"]]


def _refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_a_query_finds_the_nearest_first_with_their_cosine_distances(client: Any) -> None:
    _put(client, east=[1, 0, 0, 0], north=[0, 2, 0, 0], between=[1, 1, 0, 0], west=[-3, 0, 0, 0])
    found = _query(client, [5, 0, 0, 0])
    assert [key for key, _distance in found] == ["east", "between", "north", "west"]
    assert [distance for _key, distance in found] == pytest.approx([0, 1 - 0.5**0.5, 1, 2], abs=1e-6)
    assert _query(client, [5, 0, 0, 0], top=1) == found[:1]


def test_a_write_shows_in_the_next_query(client: Any) -> None:
    _put(client, a=[1, 0, 0, 0], b=[0, 1, 0, 0])
    _put(client, a=[0, 0, 1, 0])
    client.delete_vectors(**AT, keys=["b", "never-there"])
    assert _query(client, [0, 0, 1, 0]) == [("a", pytest.approx(0, abs=1e-6))]


def test_an_answer_comes_in_pages_of_a_hundred(client: Any) -> None:
    probes = np.random.default_rng(1).standard_normal((250, 4)).tolist()
    _put(client, **{f"{number:03}": vector for number, vector in enumerate(probes)})
    pages = client.get_paginator("query_vectors").paginate(**AT, queryVector={"float32": probes[7]}, topK=230)
    sizes = [len(page["vectors"]) for page in pages]
    assert sizes == [100, 100, 30]
    first = client.query_vectors(**AT, queryVector={"float32": probes[7]}, topK=230)
    assert first["vectors"][0] == {"key": "007"}
    other = {"queryVector": {"float32": probes[8]}, "topK": 230, "nextToken": first["nextToken"]}
    assert _refusal(client.query_vectors, **AT, **other)[0] == "ValidationException"


def test_vectors_that_a_test_hides_are_not_found(client: Any, service: Vectors) -> None:
    _put(client, a=[1, 0, 0, 0], b=[0, 1, 0, 0])
    service.overlooked.add("a")
    assert [key for key, _distance in _query(client, [1, 0, 0, 0])] == ["b"]
    assert client.get_vectors(**AT, keys=["a"])["vectors"] == [{"key": "a"}]


def test_vectors_are_listed_and_read_back_as_float32(client: Any) -> None:
    _put(client, b=[0.1, 0, 0, 0], a=[1, 0, 0, 0])
    assert [entry["key"] for entry in client.list_vectors(**AT)["vectors"]] == ["a", "b"]
    page = client.list_vectors(**AT, maxResults=1)
    assert [entry["key"] for entry in client.list_vectors(**AT, nextToken=page["nextToken"])["vectors"]] == ["b"]
    (found,) = client.get_vectors(**AT, keys=["b"], returnData=True)["vectors"]
    assert found["data"]["float32"][0] == float(np.float32(0.1))


def test_an_index_is_described_listed_by_prefix_and_deleted_with_what_it_holds(client: Any) -> None:
    other = {"vectorBucketName": BUCKET, "indexName": "other"}
    arn = client.create_index(**other, dataType="float32", dimension=2, distanceMetric="euclidean")["indexArn"]
    assert arn == "arn:aws:s3vectors:eu-central-1:123456789012:bucket/faces/index/other"
    assert client.get_index(indexArn=arn)["index"]["dimension"] == 2
    names = [entry["indexName"] for entry in client.list_indexes(vectorBucketName=BUCKET, prefix="oth")["indexes"]]
    assert names == ["other"]
    client.delete_index(indexArn=arn)
    assert _refusal(client.get_index, **other)[0] == "NotFoundException"
    assert _refusal(client.delete_index, **other)[0] == "NotFoundException"


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("create_vector_bucket", {"vectorBucketName": BUCKET}, "ConflictException"),
        ("create_vector_bucket", {"vectorBucketName": "Upper_case"}, "ValidationException"),
        ("create_index", {**AT, "dataType": "float32", "dimension": 4, "distanceMetric": "cosine"},
         "ConflictException"),
        ("create_index", {"vectorBucketName": BUCKET, "indexName": "new", "dataType": "float32", "dimension": 4097,
                          "distanceMetric": "cosine"}, "ValidationException"),
        ("create_index", {"vectorBucketName": BUCKET, "indexName": "new", "dataType": "float32", "dimension": 4,
                          "distanceMetric": "dot"}, "ValidationException"),
        ("list_indexes", {"vectorBucketName": "no-such-bucket"}, "NotFoundException"),
        ("delete_vectors", {**AT, "keys": [str(number) for number in range(501)]}, "ValidationException"),
        ("get_vectors", {**AT, "keys": [str(number) for number in range(101)]}, "ValidationException"),
        ("delete_vectors", {"indexName": INDEX, "keys": ["a"]}, "ValidationException"),
        ("query_vectors", {**AT, "queryVector": {"float32": [1, 0, 0, 0]}, "topK": 10_001}, "ValidationException"),
        ("query_vectors", {**AT, "queryVector": {"float32": [1, 0, 0]}, "topK": 1}, "ValidationException"),
        ("query_vectors", {**AT, "topK": 1}, "ValidationException"),
        ("query_vectors", {**AT, "queryVector": {"float32": [1, 0, 0, 0]}, "topK": 1, "filter": {"a": 1}},
         "ValidationException"),
        ("tag_resource", {"resourceArn": "arn:x", "tags": {"a": "b"}}, "AccessDeniedException"),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_refused(client: Any, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert _refusal(getattr(client, operation), **parameters)[0] == code


@pytest.mark.parametrize("data", [[1, 0, 0], [0, 0, 0, 0], [1e39, 0, 0, 0]])
def test_a_vector_of_another_length_of_zeros_or_beyond_float32_is_refused(client: Any, data: list[float]) -> None:
    code, message = _refusal(client.put_vectors, **AT, vectors=[
        {"key": "good", "data": {"float32": [1, 0, 0, 0]}}, {"key": "bad", "data": {"float32": data}}
    ])  # fmt: skip
    assert code == "ValidationException"
    assert message.startswith("Invalid record for key 'bad'")
    assert client.list_vectors(**AT)["vectors"] == [], "a refused request writes nothing"


def test_five_hundred_vectors_go_into_one_request(client: Any) -> None:
    vectors = [{"key": str(number), "data": {"float32": [1, 0, 0, number]}} for number in range(501)]
    client.put_vectors(**AT, vectors=vectors[:500])
    code, message = _refusal(client.put_vectors, **AT, vectors=vectors)
    assert code == "ValidationException" and "'/vectors'" in message
