"""What survives a restart: the contents of moto's DynamoDB, S3, SSM and SQS, and of our own S3 Vectors, as JSON files
beside object files.

Reads and writes moto's backends directly, the only place here that does: its API cannot give back what a queue
holds without receiving it, nor a parameter's age.

Not kept: records of a DynamoDB stream that no function has seen yet, and sessions of STS.
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
"""In the order in which they are saved: an object that is saved has the message that tells of it saved before."""

_THROUGH = "#through"
"""Beside the names of what a service holds: the number of the journal's last entry that the file knows of."""


class State:
    """The folder that holds what survives. Callers see to it that nothing changes while a method runs."""

    def __init__(self, folder: Path, vectors: Vectors) -> None:
        self._folder = folder
        self._vectors = vectors
        self._objects = folder / "objects"
        self._written: dict[str, bytes] = {}
        self._unclaimed: dict[str, dict[str, Any]] = {}
        self.through: dict[str, int] = {}
        """Service → the journal's last entry that its file knows of."""
        for path in (folder, self._objects):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def restore(self) -> list[str]:
        """Fills the tables, buckets and queues that exist now, without notifications or stream records: those are to
        be switched on afterwards. Returns a name, such as `dynamodb/Persons`, for each stored thing without a place;
        what it holds stays on disk.
        """
        for service in SERVICES:
            path = self._folder / f"{service}.json"
            content = path.read_bytes() if path.exists() else b"{}"
            self._written[service] = content
            contents = json.loads(content)
            self.through[service] = contents.pop(_THROUGH, 0)
            self._unclaimed[service] = {
                name: stored for name, stored in contents.items() if not _FILL[service](self, name, stored)
            }
        return [f"{service}/{name}" for service in SERVICES for name in self._unclaimed[service]]

    def capture(self, service: str, through: int = 0) -> bytes:
        """Everything that the service holds now, which is after the journal's entry `through`."""
        contents = {_THROUGH: through, **self._unclaimed[service], **_READ[service](self)}
        return json.dumps(contents, default=_as_text).encode()

    def write(self, service: str, content: bytes) -> None:
        """Puts what `capture` gave on disk, where it differs from what is there."""
        if content == self._written[service]:
            return
        write_privately(self._folder / f"{service}.json", content)
        self._written[service] = content
        if service == "s3":
            buckets = {name: stored for name, stored in json.loads(content).items() if name != _THROUGH}
            wanted = {stored["file"] for bucket in buckets.values() for stored in bucket}
            for path in self._objects.iterdir():
                if path.name not in wanted:
                    path.unlink()

    # -- DynamoDB ----------------------------------------------------------------------------------------------------

    def _read_tables(self) -> dict[str, Any]:
        from moto.dynamodb.models.utilities import dynamo_to_dict

        return {
            name: [dynamo_to_dict(item.attrs) for item in table.all_items()]
            for name, table in _backend("dynamodb").tables.items()
        }

    def _fill_table(self, name: str, items: list[dict[str, Any]]) -> bool:
        table = _backend("dynamodb").tables.get(name)
        if table is None:
            return not items
        expiry, now = table.ttl.get("AttributeName", ""), time.time()
        for item in items:
            # moto never takes expired items away; without this they would pile up from start to start
            if float(item.get(expiry, {}).get("N", "inf")) > now:
                table.put_item(item)
        return True

    # -- S3 ----------------------------------------------------------------------------------------------------------

    def _read_buckets(self) -> dict[str, Any]:
        return {
            name: [self._read_object(key) for key in bucket.keys.values()]
            for name, bucket in _backend("s3").buckets.items()
        }

    def _read_object(self, key: Any) -> dict[str, Any]:
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

    def _fill_bucket(self, name: str, objects: list[dict[str, Any]]) -> bool:
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

    def _read_parameters(self) -> dict[str, Any]:
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

    def _fill_parameter(self, name: str, stored: dict[str, Any]) -> bool:
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

    def _read_queues(self) -> dict[str, Any]:
        return {
            name: [
                {"id": message.id, "body": message.body, "attributes": message.message_attributes}
                | {field: getattr(message, field) for field in self._MESSAGE}
                for message in queue._messages
            ]
            for name, queue in _backend("sqs").queues.items()
        }

    def _fill_queue(self, name: str, messages: list[dict[str, Any]]) -> bool:
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

    def _read_vectors(self) -> dict[str, Any]:
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

    def _fill_vectors(self, bucket: str, indexes: dict[str, dict[str, Any]]) -> bool:
        if bucket not in self._vectors.buckets:
            return not indexes
        for name, stored in indexes.items():
            vectors = {
                key: np.frombuffer(base64.b64decode(text), np.float32) for key, text in stored["vectors"].items()
            }
            index = Index(stored["dimension"], stored["metric"], stored["created"], vectors)
            self._vectors.buckets[bucket][name] = index
        return True


_READ: dict[str, Callable[[State], dict[str, Any]]] = {
    "dynamodb": State._read_tables,
    "s3": State._read_buckets,
    "ssm": State._read_parameters,
    "sqs": State._read_queues,
    "s3vectors": State._read_vectors,
}
_FILL: dict[str, Callable[[State, str, Any], bool]] = {
    "dynamodb": State._fill_table,
    "s3": State._fill_bucket,
    "ssm": State._fill_parameter,
    "sqs": State._fill_queue,
    "s3vectors": State._fill_vectors,
}


def stored_object(bucket: str, key: str) -> bytes:
    """An object's content as it is now."""
    return _backend("s3").buckets[bucket].keys[key].value


def _backend(service: str) -> Any:
    return get_backend(service)[ACCOUNT]["aws" if service == "s3" else REGION]


def _as_text(value: Any) -> str:
    """Bytes as AWS writes them in JSON; moto reads them back so in items."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


def _to_bytes(attributes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: base64.b64decode(value) if key == "BinaryValue" and value else value
               for key, value in attribute.items()}
        for name, attribute in attributes.items()
    }
