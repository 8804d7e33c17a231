"""The faces of a large group in an index of Amazon S3 Vectors, which finds those that are like a probe.

Its search is approximate: it may overlook a face. Its writes are not: a query sees all that were answered before it. A
face's key is `<personId>/<faceId>`, so that writing one twice does no harm.
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

_DIMENSION = 256
_BATCH = 200
"""Vectors written at once. The service takes 500, but a request must be through before the client loses patience."""
_AT_ONCE = 8
"""Probes that are searched for side by side."""
_MOST = 10_000
"""Results that a query may have; they come in pages of 100."""
_MARGIN = 1e-3
"""Four times what the service's similarities are trusted to differ from ours: a hundred times what float32 loses."""
_SECONDS = 10
"""For which a busy service is asked again: a lease must outlast the last request."""
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
        """`models`: what embedded the faces in it, as far as is known."""
        self._name = name
        self._arn = f"{settings().vector_bucket}/index/{name}"
        self._models = frozenset(models)

    def create(self) -> None:
        """Make the index, unless it is there."""
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
        """Delete these faces, each by its person's id and its own. Those that are not there are no error."""
        for batch in _batched(_key(*face) for face in faces):
            _call("delete_vectors", indexArn=self._arn, keys=batch)

    def shortlists(
        self, probes: np.ndarray, count: int, known: Sequence[Sequence[float]], excluded: Collection[str]
    ) -> list[Shortlist]:
        """See `Engine`. Who belongs to the best `count` is missing if the service overlooks him."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            spread = pool.map if len(probes) > 1 else map
            return list(spread(lambda probe, sims: self._shortlist(probe, count, sims, excluded), probes, known))

    def holds_other_model(self, model: str, excluded: Collection[str]) -> bool:
        """See `Engine`."""
        return not self._models <= {model}

    def _shortlist(
        self, probe: np.ndarray, count: int, known: Sequence[float], excluded: Collection[str]
    ) -> Shortlist:
        # Nobody has more than `FACES` faces: so deep, at most, lies the best face of the last person wanted.
        shortlist, ended = self._look(probe, count, known, excluded, min(FACES * (count + len(excluded)), _MOST))
        if not shortlist.persons and not ended:
            # Somebody has more in the index: faces that were removed, and are not deleted yet.
            shortlist, _ended = self._look(probe, count, known, excluded, _MOST)
        return shortlist

    def _look(
        self, probe: np.ndarray, count: int, known: Sequence[float], excluded: Collection[str], most: int
    ) -> tuple[Shortlist, bool]:
        """Whom so many results name, and whether further ones would name nobody who matters."""
        persons: dict[str, float] = {}
        seen, bar, reached = 0, -np.inf, np.inf
        for page in self._pages(probe, most):
            for person_id, similarity in page:
                if person_id not in excluded:
                    # The nearest faces come first, so the first face of a person is the best.
                    persons.setdefault(person_id, similarity)
            seen += len(page)
            bar = best([*known, *persons.values()], count) - _MARGIN
            reached = page[-1][1]
            if reached < bar:
                break
        ended = reached < bar or seen < most or most == _MOST
        near = tuple(person_id for person_id, similarity in persons.items() if similarity >= bar)
        return Shortlist(near, (bar if ended else reached) + _MARGIN / 2), ended

    def _pages(self, probe: np.ndarray, most: int) -> Iterator[list[tuple[str, float]]]:
        """Person and similarity of the nearest faces."""
        query = {"indexArn": self._arn, "queryVector": {"float32": probe.tolist()}, "topK": most}
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
    """Raises VisageError(CONTENDED) when the service is too busy for too long."""
    call: Callable[..., Any] = getattr(aws.client("s3vectors"), operation)
    wait, ends = table.patience(), time.monotonic() + _SECONDS
    while True:
        try:
            return call(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _BUSY:
                raise
        if time.monotonic() > ends:
            raise VisageError(Reason.CONTENDED)
        wait()
