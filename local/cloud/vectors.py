"""The part of Amazon S3 Vectors that Visage uses. moto stores vectors but cannot search them.

Requests are validated against AWS's own model of the service, from botocore. As in AWS, a query sees every earlier
write. Unlike AWS, whose search is approximate, this one compares the query with every vector; tests that need a search
that misses some list those in `overlooked`.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

Body = dict[str, Any]

RESULTS = 10_000
"""Maximum results of a query. This limit and the next are from the user guide; the model has neither."""
PAGE = 100
"""Results per page of a query's response."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]+[a-z0-9]")
_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/s3vectors/")


class Refused(Exception):
    """An error response of the service: the name of an error in its model, and a message."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(error, message)
        self.error, self.message = error, message


@dataclass(slots=True)
class Index:
    """Vectors of one dimension, by key."""

    dimension: int
    metric: str
    created: float
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    """float32 (dimension,)."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def is_vectors_request(authorization: str) -> bool:
    """Whether a request with this Authorization header was signed for S3 Vectors."""
    return bool(_SERVICE.search(authorization))


class Vectors:
    """The service: vector buckets and their indexes. Callers ensure that requests come one at a time."""

    def __init__(self, region: str, account: str) -> None:
        self._arn = f"arn:aws:s3vectors:{region}:{account}:bucket/"
        self.buckets: dict[str, dict[str, Index]] = {}
        self.overlooked: set[str] = set()
        """Keys that no query returns, as an approximate search may miss them."""

    def answer(self, path: str, content: bytes) -> Answer:
        """Answer a POST of this JSON to this path."""
        try:
            operation, body = _request(path, content)
            result = _OPERATIONS[operation.name](self, body)
        except Refused as refused:
            status = _model().shape_for(refused.error).metadata.get("error", {}).get("httpStatusCode", 400)
            return _answer(status, {"message": refused.message}, {"x-amzn-ErrorType": refused.error})
        return _answer(200, result, {})

    # -- buckets and indexes -----------------------------------------------------------------------------------------

    def create_vector_bucket(self, body: Body) -> Body:
        name = _name("vectorBucketName", body["vectorBucketName"])
        if name in self.buckets:
            raise Refused("ConflictException", "A vector bucket with the specified name already exists")
        self.buckets[name] = {}
        return {"vectorBucketArn": self._arn + name}

    def create_index(self, body: Body) -> Body:
        bucket = self._bucket(body)
        name = _name("indexName", body["indexName"])
        if name in self.buckets[bucket]:
            raise Refused("ConflictException", "An index with the specified name already exists")
        self.buckets[bucket][name] = Index(body["dimension"], body["distanceMetric"], time.time())
        return {"indexArn": self._index_arn(bucket, name)}

    def get_index(self, body: Body) -> Body:
        bucket, name, index = self._index(body)
        described = {"dataType": "float32", "dimension": index.dimension, "distanceMetric": index.metric}
        return {"index": self._summary(bucket, name, index) | described}

    def list_indexes(self, body: Body) -> Body:
        bucket, prefix = self._bucket(body), body.get("prefix", "")
        names = sorted(name for name in self.buckets[bucket] if name.startswith(prefix))
        page, rest = _page(names, body)
        return {"indexes": [self._summary(bucket, name, self.buckets[bucket][name]) for name in page]} | rest

    def delete_index(self, body: Body) -> Body:
        bucket, name, _index = self._index(body)
        del self.buckets[bucket][name]
        return {}

    # -- vectors -----------------------------------------------------------------------------------------------------

    def put_vectors(self, body: Body) -> Body:
        *_where, index = self._index(body)
        made = {vector["key"]: self._vector(index, vector["data"], vector["key"]) for vector in body["vectors"]}
        index.vectors |= made
        return {}

    def get_vectors(self, body: Body) -> Body:
        *_where, index = self._index(body)
        return {"vectors": [_description(index, key, body) for key in body["keys"] if key in index.vectors]}

    def list_vectors(self, body: Body) -> Body:
        *_where, index = self._index(body)
        page, rest = _page(sorted(index.vectors), body)
        return {"vectors": [_description(index, key, body) for key in page]} | rest

    def delete_vectors(self, body: Body) -> Body:
        *_where, index = self._index(body)
        for key in body["keys"]:
            index.vectors.pop(key, None)
        return {}

    def query_vectors(self, body: Body) -> Body:
        *_where, index = self._index(body)
        if body["topK"] > RESULTS:
            raise _invalid("/topK", f"Member must be less than or equal to {RESULTS}")
        if "queryVector" not in body:
            raise _invalid("/queryVector", "Member must not be null")
        probe = self._vector(index, body["queryVector"], "the query")
        keys = [key for key in index.vectors if key not in self.overlooked]
        distances = _distances(index.metric, np.array([index.vectors[key] for key in keys]), probe)
        order = np.argsort(distances, kind="stable")[: body["topK"]].tolist()
        page, rest = _page(order, {**body, "maxResults": PAGE}, sha256(probe.tobytes()).hexdigest()[:16])
        shown = (lambda place: {"distance": float(distances[place])}) if body.get("returnDistance") else lambda _: {}
        found = [{"key": keys[place]} | shown(place) for place in page]
        return {"vectors": found, "distanceMetric": index.metric} | rest

    # -- what requests name ------------------------------------------------------------------------------------------

    def _bucket(self, body: Body) -> str:
        name = body.get("vectorBucketName") or body.get("vectorBucketArn", "").removeprefix(self._arn)
        if name not in self.buckets:
            raise Refused("NotFoundException", "The specified vector bucket could not be found")
        return name

    def _index(self, body: Body) -> tuple[str, str, Index]:
        named = body.get("vectorBucketName"), body.get("indexName")
        if bool(body.get("indexArn")) == any(named) or (any(named) and not all(named)):
            raise Refused("ValidationException", "Must specify either indexArn or both vectorBucketName and indexName")
        arn = body.get("indexArn") or self._index_arn(*map(str, named))
        bucket, _slash, name = arn.removeprefix(self._arn).partition("/index/")
        if name not in self.buckets.get(bucket, {}):
            raise Refused("NotFoundException", "The specified index could not be found")
        return bucket, name, self.buckets[bucket][name]

    def _index_arn(self, bucket: str, name: str) -> str:
        return f"{self._arn}{bucket}/index/{name}"

    def _summary(self, bucket: str, name: str, index: Index) -> Body:
        arn = self._index_arn(bucket, name)
        return {"vectorBucketName": bucket, "indexName": name, "indexArn": arn, "creationTime": index.created}

    def _vector(self, index: Index, data: Body, key: str) -> np.ndarray:
        with np.errstate(over="ignore"):  # overflow becomes infinite, and is refused below
            vector = np.array(data["float32"], np.float32)
        if vector.shape != (index.dimension,):
            message = f"vector must have length {index.dimension}, but has length {len(data['float32'])}"
        elif not np.isfinite(vector).all():
            message = "vector must hold finite numbers"
        elif index.metric == "cosine" and not vector.any():
            message = "vector must not be all zeros with the cosine distance metric"
        else:
            return vector
        raise Refused("ValidationException", f"Invalid record for key '{key}': {message}")


_OPERATIONS: dict[str, Callable[[Vectors, Body], Body]] = {
    "CreateVectorBucket": Vectors.create_vector_bucket,
    "CreateIndex": Vectors.create_index,
    "GetIndex": Vectors.get_index,
    "ListIndexes": Vectors.list_indexes,
    "DeleteIndex": Vectors.delete_index,
    "PutVectors": Vectors.put_vectors,
    "GetVectors": Vectors.get_vectors,
    "ListVectors": Vectors.list_vectors,
    "DeleteVectors": Vectors.delete_vectors,
    "QueryVectors": Vectors.query_vectors,
}
_UNSUPPORTED = {"filter", "metadata", "metadataConfiguration", "queryTexts", "returnMetadata", "segmentCount"}
"""Parameters that the service supports and this one does not: refused, never ignored."""


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("s3vectors", "service-2"), "s3vectors")


def _request(path: str, content: bytes) -> tuple[OperationModel, Body]:
    name = path.strip("/")
    if name not in _OPERATIONS:
        raise Refused("AccessDeniedException", f"The local stack does not support {name} of S3 Vectors")
    operation, body = _model().operation_model(name), json.loads(content or b"{}")
    if len(content) > 20 * 2**20:
        raise Refused("ValidationException", "The request payload must not exceed 20 MiB")
    members = {*body, *(member for vector in body.get("vectors", []) for member in vector)}
    if unknown := sorted(members & _UNSUPPORTED):
        raise Refused("ValidationException", f"The local stack does not support {', '.join(unknown)} of {name}")
    for message in _violations(operation.input_shape, body, ""):
        raise message
    return operation, body


def _violations(shape: Shape | None, value: Any, path: str) -> Iterator[Refused]:
    """Yield an error for each way in which a value violates the model."""
    limits = shape.metadata if shape else {}
    size = value if isinstance(value, int) else len(value) if isinstance(value, str | list) else None
    if size is not None and not limits.get("min", size) <= size <= limits.get("max", size):
        bounds = f"between {limits.get('min', 0)} and {limits.get('max', 'any')}, inclusive"
        yield _invalid(path, f"Member must {'be' if isinstance(value, int) else 'have length'} {bounds}")
    if "enum" in limits and value not in limits["enum"]:
        yield _invalid(path, f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in shape.required_members:
            if name not in value:
                yield _invalid(f"{path}/{name}", "Member must not be null")
        for name, inner in value.items():
            yield from _violations(shape.members.get(name), inner, f"{path}/{name}")
    elif isinstance(shape, ListShape) and shape.member.type_name != "float":
        for place, inner in enumerate(value):
            yield from _violations(shape.member, inner, f"{path}/{place}")


def _invalid(path: str, constraint: str) -> Refused:
    message = f"1 validation error detected. Value at '{path}' failed to satisfy constraint: {constraint}"
    return Refused("ValidationException", message)


def _name(member: str, value: str) -> str:
    if not _NAME.fullmatch(value):
        raise _invalid(f"/{member}", f"Member must satisfy regular expression pattern: {_NAME.pattern}")
    return value


def _distances(metric: str, vectors: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Distances from `vectors`, float32 (n, dimension), to the probe: 1 - cosine, or squared Euclidean."""
    if not len(vectors):
        return np.zeros(0, np.float32)
    if metric == "euclidean":
        return ((vectors - probe) ** 2).sum(axis=1)
    return 1 - vectors @ probe / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(probe))


def _page(entries: list[Any], body: Body, query_id: str = "") -> tuple[list[Any], Body]:
    """The requested page of the entries, and the token of the next page. `query_id` ties a token to its query."""
    start, size = 0, body.get("maxResults", 500)
    if token := body.get("nextToken"):
        start_text, _dot, tied_to = token.partition(".")
        if not start_text.isdigit() or tied_to != query_id:
            raise Refused("ValidationException", "The pagination token is not valid for this request")
        start = int(start_text)
    rest = {"nextToken": f"{start + size}.{query_id}"} if start + size < len(entries) else {}
    return entries[start : start + size], rest


def _description(index: Index, key: str, body: Body) -> Body:
    data = {"data": {"float32": index.vectors[key].tolist()}} if body.get("returnData") else {}
    return {"key": key} | data


def _answer(status: int, body: Body, headers: Mapping[str, str]) -> Answer:
    return Answer(status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())
