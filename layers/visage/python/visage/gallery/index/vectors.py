"""The faces of a large group in an Amazon S3 Vectors index, which finds those similar to a probe.

Searches are approximate: they may miss a face. Writes are consistent: a query sees every write that was acknowledged
before it. A vector's key is `<personId>/<faceId>`, so writing one twice does no harm.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import islice
from typing import Any

import numpy as np
from botocore.exceptions import ClientError

from visage import aws, table
from visage.errors import Reason, VisageError
from visage.gallery.index.engine import Shortlist, best
from visage.gallery.persons.types import FACES, Person
from visage.settings import settings

_DIMENSION = 128
_BATCH = 200
"""Vectors per write. The service accepts 500, but a request must finish before the client times out."""
_PARALLEL = 8
"""Probes searched for concurrently."""
_MAX_RESULTS = 10_000
"""The most results of a query; they come in pages of 100."""
_MARGIN = 1e-3
"""Four times the assumed difference between the service's similarities and ours, itself a hundred times float32's
error."""
_RETRY_SECONDS = 10
"""Seconds for which a busy service is retried: a lease must outlast the last request."""
_BUSY = {
    "InternalServerException",
    "RequestTimeoutException",
    "ServiceUnavailableException",
    "TooManyRequestsException",
}


def new_name(library: str, group_id: str) -> str:
    """A name for an index of this group that no index has had before."""
    return f"{sha256(f'{library}/{group_id}'.encode()).hexdigest()[:40]}-{secrets.token_hex(8)}"


class VectorIndex:
    """One index of the vector bucket; an `Engine`."""

    def __init__(self, name: str, models: Iterable[str] = ()) -> None:
        """`models`: versions of the models that embedded its faces, as far as known."""
        self._name = name
        self._arn = f"{settings().vector_bucket}/index/{name}"
        self._models = frozenset(models)

    def create(self) -> None:
        """Create the index unless it exists."""
        description = {"dataType": "float32", "dimension": _DIMENSION, "distanceMetric": "cosine"}
        try:
            _call("create_index", vectorBucketArn=settings().vector_bucket, indexName=self._name, **description)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise

    def put(self, persons: Iterable[Person]) -> None:
        """Write all faces of these persons."""
        vectors = (
            {"key": _key(person.id, face.id), "data": {"float32": face.embedding.tolist()}}
            for person in persons
            for face in person.faces.values()
        )
        for batch in _batched(vectors):
            _call("put_vectors", indexArn=self._arn, vectors=batch)

    def delete(self, faces: Iterable[tuple[str, str]]) -> None:
        """Delete these faces (pairs of person and face id); missing ones are no error."""
        for batch in _batched(_key(*face) for face in faces):
            _call("delete_vectors", indexArn=self._arn, keys=batch)

    def shortlists(
        self, probes: np.ndarray, count: int, known: Sequence[Sequence[float]], excluded: Collection[str]
    ) -> list[Shortlist]:
        """See `Engine`. Approximate: a person among the best `count` is missing if the service misses the face."""
        with ThreadPoolExecutor(_PARALLEL) as pool:
            mapper = pool.map if len(probes) > 1 else map
            return list(mapper(lambda probe, best: self._shortlist(probe, count, best, excluded), probes, known))

    def holds_other_model(self, model: str, excluded: Collection[str]) -> bool:
        """See `Engine`."""
        return not self._models <= {model}

    def _shortlist(self, probe: np.ndarray, count: int, known: Sequence[float], excluded: Collection[str]) -> Shortlist:
        # Nobody has more than `FACES` faces, so the best face of the last requested person is at most this deep.
        depth = min(FACES * (count + len(excluded)), _MAX_RESULTS)
        shortlist, ended = self._query(probe, count, known, excluded, depth)
        if not shortlist.persons and not ended:
            # Somebody has more in the index: faces that were removed but are not deleted yet.
            shortlist, _ended = self._query(probe, count, known, excluded, _MAX_RESULTS)
        return shortlist

    def _query(
        self, probe: np.ndarray, count: int, known: Sequence[float], excluded: Collection[str], limit: int
    ) -> tuple[Shortlist, bool]:
        """The persons in the first `limit` results, and whether further results would add nobody who matters."""
        persons: dict[str, float] = {}
        seen, cutoff, last = 0, -np.inf, np.inf
        for page in self._pages(probe, limit):
            for person_id, similarity in page:
                if person_id not in excluded:
                    # Results come nearest first, so the first face of a person is the person's best.
                    persons.setdefault(person_id, similarity)
            seen += len(page)
            cutoff = best([*known, *persons.values()], count) - _MARGIN
            last = page[-1][1]
            if last < cutoff:
                break
        ended = last < cutoff or seen < limit or limit == _MAX_RESULTS
        shortlisted = tuple(person_id for person_id, similarity in persons.items() if similarity >= cutoff)
        return Shortlist(shortlisted, (cutoff if ended else last) + _MARGIN / 2), ended

    def _pages(self, probe: np.ndarray, limit: int) -> Iterator[list[tuple[str, float]]]:
        """Pages of results, nearest first: pairs of person id and similarity."""
        query = {"indexArn": self._arn, "queryVector": {"float32": probe.tolist()}, "topK": limit}
        token: dict[str, str] = {}
        while True:
            answer = _call("query_vectors", **query, **token, returnDistance=True)
            if answer["vectors"]:
                yield [(found["key"].partition("/")[0], 1 - found["distance"]) for found in answer["vectors"]]
            if "nextToken" not in answer:
                return
            token = {"nextToken": answer["nextToken"]}


def _key(person_id: str, face_id: str) -> str:
    return f"{person_id}/{face_id}"


def _batched(entries: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(entries)
    return iter(lambda: list(islice(left, _BATCH)), [])


def _call(operation: str, **parameters: Any) -> Any:
    """Call the service, retrying while it is busy. Raises VisageError(CONTENDED) when it stays busy for too long."""
    call: Callable[..., Any] = getattr(aws.client("s3vectors"), operation)
    wait, ends = table.backoff(), time.monotonic() + _RETRY_SECONDS
    while True:
        try:
            return call(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _BUSY:
                raise
        if time.monotonic() > ends:
            raise VisageError(Reason.CONTENDED)
        wait()
