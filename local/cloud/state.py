"""The state that survives a restart: moto's DynamoDB, S3, SSM and SQS, and our own S3 Vectors.

Stored as JSON files and object files. Reads and writes moto's backends directly, the only place that does: its API
cannot return a queue's messages without receiving them, nor a parameter's age.

Not kept: records of a DynamoDB stream that no function has seen yet, and STS sessions.
"""

import base64
import datetime
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from moto.backends import get_backend

from local.cloud.vectors import Index, Vectors
from local.files import write_privately
from local.template.intrinsics import ACCOUNT, REGION

SERVICES = ("dynamodb", "sqs", "s3", "ssm", "s3vectors")
"""In the order of saving: a saved object's notification must have been saved before it."""

_THROUGH = "#through"
"""Key beside the names of a service's data: the number of the last journal entry that the file includes."""


class State:
    """The state folder. Callers ensure that nothing changes while a method runs."""

    def __init__(self, folder: Path, vectors: Vectors) -> None:
        self._folder = folder
        self._vectors = vectors
        self._objects = folder / "objects"
        self._written: dict[str, bytes] = {}
        self._orphaned: dict[str, dict[str, Any]] = {}
        self.through: dict[str, int] = {}
        """Service → number of the last journal entry that its file includes."""
        for path in (folder, self._objects):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def restore(self) -> list[str]:
        """Fill the existing resources, without notifications or stream records: those must be enabled afterwards.

        Returns a name, such as `dynamodb/Persons`, for all stored data without a resource; that data stays on disk.
        """
        for service in SERVICES:
            path = self._folder / f"{service}.json"
            content = path.read_bytes() if path.exists() else b"{}"
            self._written[service] = content
            contents = json.loads(content)
            self.through[service] = contents.pop(_THROUGH, 0)
            self._orphaned[service] = {
                name: stored for name, stored in contents.items() if not _RESTORE[service](self, name, stored)
            }
        return [f"{service}/{name}" for service in SERVICES for name in self._orphaned[service]]

    def capture(self, service: str, through: int = 0) -> bytes:
        """All data of the service, as JSON; includes the changes up to journal entry `through`."""
        contents = {_THROUGH: through, **self._orphaned[service], **_CAPTURE[service](self)}
        return json.dumps(contents, default=_as_text).encode()

    def write(self, service: str, content: bytes) -> None:
        """Write what `capture` returned to disk, if it differs from what is there."""
        if content == self._written[service]:
            return
        write_privately(self._folder / f"{service}.json", content)
        self._written[service] = content
        if service == "s3":
            buckets = {name: stored for name, stored in json.loads(content).items() if name != _THROUGH}
            referenced = {stored["file"] for bucket in buckets.values() for stored in bucket}
            for path in self._objects.iterdir():
                if path.name not in referenced:
                    path.unlink()

    # -- DynamoDB ----------------------------------------------------------------------------------------------------

    def _capture_tables(self) -> dict[str, Any]:
        from moto.dynamodb.models.utilities import dynamo_to_dict

        return {
            name: [dynamo_to_dict(item.attrs) for item in table.all_items()]
            for name, table in _backend("dynamodb").tables.items()
        }

    def _restore_table(self, name: str, items: list[dict[str, Any]]) -> bool:
        table = _backend("dynamodb").tables.get(name)
        if table is None:
            return not items
        expiry, now = table.ttl.get("AttributeName", ""), time.time()
        for item in items:
            # moto never removes expired items; without this they would pile up from start to start.
            if float(item.get(expiry, {}).get("N", "inf")) > now:
                table.put_item(item)
        return True

    # -- S3 ----------------------------------------------------------------------------------------------------------

    def _capture_buckets(self) -> dict[str, Any]:
        return {
            name: [self._capture_object(key) for key in bucket.keys.values()]
            for name, bucket in _backend("s3").buckets.items()
        }

    def _capture_object(self, key: Any) -> dict[str, Any]:
        file = hashlib.sha256(f"{key.name}\0{key.etag}".encode()).hexdigest()
        path = self._objects / file
        if not path.exists():
            write_privately(path, key.value)
        return {
            "key": key.name,
            "file": file,
            "etag": key.etag.strip('"'),
            "metadata": dict(key.metadata),
            "modified": key.last_modified.isoformat(),
        }

    def _restore_bucket(self, name: str, objects: list[dict[str, Any]]) -> bool:
        backend = _backend("s3")
        if name not in backend.buckets:
            return not objects
        for stored in objects:
            content = (self._objects / stored["file"]).read_bytes()
            key = backend.put_object(name, stored["key"], content, etag=stored["etag"], disable_notification=True)
            key.set_metadata(stored["metadata"])
            key.last_modified = datetime.datetime.fromisoformat(stored["modified"])
        return True

    # -- SSM ---------------------------------------------------------------------------------------------------------

    def _capture_parameters(self) -> dict[str, Any]:
        backend = _backend("ssm")
        return {
            versions[-1].name: {
                "value": versions[-1].decrypt(versions[-1].value),
                "type": versions[-1].parameter_type,
                "description": versions[-1].description,
                "version": versions[-1].version,
                "modified": versions[-1].last_modified_date.timestamp(),
                "tags": backend._resource_tags["Parameter"][versions[-1].name],
            }
            for versions in backend._parameters.values()
            if versions
        }

    def _restore_parameter(self, name: str, stored: dict[str, Any]) -> bool:
        from moto.ssm.models import Parameter

        backend = _backend("ssm")
        backend._parameters[backend._parameters.normalize_name(name)].append(
            Parameter(
                account_id=ACCOUNT,
                name=name,
                value=stored["value"],
                parameter_type=stored["type"],
                description=stored["description"],
                allowed_pattern=None,
                keyid=None,
                last_modified_date=datetime.datetime.fromtimestamp(stored["modified"]),
                version=stored["version"],
                data_type="text",
            )
        )
        backend._resource_tags["Parameter"][name].update(stored["tags"])
        return True

    # -- SQS ---------------------------------------------------------------------------------------------------------

    _MESSAGE = (
        "approximate_first_receive_timestamp", "approximate_receive_count", "deduplication_id", "delayed_until",
        "group_id", "sender_id", "sent_timestamp", "sequence_number", "system_attributes", "visible_at",
    )

    def _capture_queues(self) -> dict[str, Any]:
        return {
            name: [
                {"id": message.id, "body": message.body, "attributes": message.message_attributes}
                | {field: getattr(message, field) for field in self._MESSAGE}
                for message in queue._messages
            ]
            for name, queue in _backend("sqs").queues.items()
        }

    def _restore_queue(self, name: str, messages: list[dict[str, Any]]) -> bool:
        from moto.sqs.models import Message

        queue = _backend("sqs").queues.get(name)
        if queue is None:
            return not messages
        for stored in messages:
            message = Message(stored["id"], stored["body"])
            message.message_attributes = _to_bytes(stored["attributes"])
            for field in self._MESSAGE:
                setattr(message, field, stored[field])
            queue._messages.append(message)
        return True

    # -- S3 Vectors --------------------------------------------------------------------------------------------------

    def _capture_vectors(self) -> dict[str, Any]:
        return {
            bucket: {
                name: {
                    "dimension": index.dimension,
                    "metric": index.metric,
                    "created": index.created,
                    "vectors": {key: vector.tobytes() for key, vector in index.vectors.items()},
                }
                for name, index in indexes.items()
            }
            for bucket, indexes in self._vectors.buckets.items()
        }

    def _restore_vectors(self, bucket: str, indexes: dict[str, dict[str, Any]]) -> bool:
        if bucket not in self._vectors.buckets:
            return not indexes
        for name, stored in indexes.items():
            vectors = {
                key: np.frombuffer(base64.b64decode(text), np.float32) for key, text in stored["vectors"].items()
            }
            index = Index(stored["dimension"], stored["metric"], stored["created"], vectors)
            self._vectors.buckets[bucket][name] = index
        return True


_CAPTURE: dict[str, Callable[[State], dict[str, Any]]] = {
    "dynamodb": State._capture_tables,
    "s3": State._capture_buckets,
    "ssm": State._capture_parameters,
    "sqs": State._capture_queues,
    "s3vectors": State._capture_vectors,
}
_RESTORE: dict[str, Callable[[State, str, Any], bool]] = {
    "dynamodb": State._restore_table,
    "s3": State._restore_bucket,
    "ssm": State._restore_parameter,
    "sqs": State._restore_queue,
    "s3vectors": State._restore_vectors,
}


def stored_object(bucket: str, key: str) -> bytes:
    """An object's current content."""
    return _backend("s3").buckets[bucket].keys[key].value


def _backend(service: str) -> Any:
    return get_backend(service)[ACCOUNT]["aws" if service == "s3" else REGION]


def _as_text(value: Any) -> str:
    """Encode bytes as AWS does in JSON; moto accepts that in items."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


def _to_bytes(attributes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: base64.b64decode(value) if key == "BinaryValue" and value else value
               for key, value in attribute.items()}
        for name, attribute in attributes.items()
    }
