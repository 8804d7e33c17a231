"""`python -m tests.support.versions write|read FILE`: a library as one version of the code leaves it, read by another.

It uses only long-standing interfaces, so that it also runs with an older checkout's `visage`.
"""

import base64
import json
import os
import sys
import time
from typing import Any
from unittest import mock

import numpy as np

LIBRARY = "acme"
MODEL = "model-1"
_NOW = 1_790_000_000.0
_STORES = ("visage-faces", "visage-snapshots", "visage-uploads")


def write() -> dict[str, Any]:
    """Persons, some of them packed, one deleted; tasks in each state; a session. Needs an empty `deployment`."""
    from visage.gallery.persons.store import Library
    from visage.gallery.upkeep.pack import pack
    from visage.jobs import scans
    from visage.jobs.types import Callback, Job
    from visage.liveness import sessions

    with mock.patch.object(time, "time", lambda: _NOW):
        library = Library(LIBRARY)
        for person, groups, faces in (
            ("ann", ["staff", "guests"], [1, 2]),
            ("bob", ["staff"], []),
            ("cy", ["guests"], [3]),
        ):
            library.add_person(person, groups, person.title(), f"about {person}")
            for number in faces:
                library.add_face(library.person(person), _face(number))
        pack(LIBRARY)
        library.delete_person("cy")
        library.add_person("dee", ["staff"], "Dee")
        library.add_face(library.person("dee"), _face(4))
        job = Job(
            {"dataId": "a", "url": "http://photos.test/a.jpg"}, {"scenes": ["sface-1"], "tasks": [{"dataId": "a"}]}
        )
        waiting, done = scans.submit(LIBRARY, [job, job], callback=Callback("http://receiver.test/", "seed", "uid"))
        scans.finish(scans.begin(LIBRARY, done), {"code": 200, "taskId": done}, {"ann"})
        session = sessions.create(LIBRARY, "client")
        return {"tasks": [waiting, done], "session": session.id, "actions": [each.value for each in session.actions]}


def read(known: dict[str, Any]) -> dict[str, Any]:
    """All that a client can see of it."""
    from visage.gallery.index.view import view
    from visage.gallery.persons.store import Library
    from visage.jobs import scans
    from visage.liveness import sessions

    with mock.patch.object(time, "time", lambda: _NOW + 60):
        library = Library(LIBRARY)
        seen: dict[str, Any] = {"groups": library.groups()}
        for person in library.persons(["ann", "bob", "cy", "dee"]).values():
            faces = [
                (face.id, face.model, face.origin, face.kept, face.embedding.tobytes().hex())
                for face in person.faces.values()
            ]
            seen[person.id] = person.name, person.note, sorted(person.groups), faces
        for group in library.groups():
            probes = np.stack([_face(number).embedding for number in range(1, 5)])
            found = view(LIBRARY, group).search(probes, model=MODEL)
            seen[f"search in {group}"] = [[(match.person_id, match.face_id) for match in each[:1]] for each in found]
        seen["tasks"] = [(each.state.name, each.entry) for each in scans.results(LIBRARY, known["tasks"])]
        task = scans.begin(LIBRARY, known["tasks"][0])
        seen["begun"] = task.runs, task.body, task.called_back
        seen["actions"] = [each.value for each in sessions.spend(LIBRARY, "client", known["session"], "request")]
        return json.loads(json.dumps(seen))


def save() -> dict[str, Any]:
    """All rows and objects, for JSON."""
    from visage import aws

    rows = aws.client("dynamodb").scan(TableName="visage")["Items"]
    s3, objects = aws.client("s3"), []
    for bucket in _STORES:
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            content = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            objects.append([bucket, entry["Key"], base64.b64encode(content).decode()])
    return {"rows": [_coded(row) for row in rows], "objects": objects}


def load(saved: dict[str, Any]) -> None:
    """Into an empty `deployment`."""
    from visage import aws

    for row in saved["rows"]:
        aws.client("dynamodb").put_item(TableName="visage", Item=_decoded(row))
    for bucket, key, content in saved["objects"]:
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=base64.b64decode(content))


def _face(number: int) -> Any:
    from visage.gallery.persons.types import StoredFace

    vector = np.random.default_rng(number).standard_normal(128, dtype=np.float32)
    return StoredFace(str(10**18 + number), vector / np.linalg.norm(vector), MODEL, "", False)


def _coded(value: Any) -> Any:
    match value:
        case dict():
            return {name: _coded(each) for name, each in value.items()}
        case list():
            return [_coded(each) for each in value]
        case bytes():
            return {"base64": base64.b64encode(value).decode()}
    return value


def _decoded(value: Any) -> Any:
    match value:
        case {"base64": str(text)}:
            return base64.b64decode(text)
        case dict():
            return {name: _decoded(each) for name, each in value.items()}
        case list():
            return [_decoded(each) for each in value]
    return value


def main() -> None:
    from moto import mock_aws

    name = "VISAGE_{}"
    for variable, value in {
        "TABLE": "visage", "UPLOAD_BUCKET": "visage-uploads", "FACE_BUCKET": "visage-faces", "CLIENT_PATH": "/c/",
        "SNAPSHOT_BUCKET": "visage-snapshots", "AUDIT_TABLE": "audit",
    }.items():  # fmt: skip
        os.environ[name.format(variable)] = value
    os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")
    verb, file = sys.argv[1:]
    with mock_aws():
        from visage import aws

        aws.client("dynamodb").create_table(
            TableName="visage",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        )
        for bucket in _STORES:
            aws.client("s3").create_bucket(Bucket=bucket)
        for queue in ("SCAN", "CALLBACK"):
            os.environ[f"VISAGE_{queue}_QUEUE"] = aws.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        if verb == "write":
            known = write()
            saved = {"known": known, **save()}
            with open(file, "w") as out:
                json.dump({**saved, "seen": read(known)}, out, indent=1)
        else:
            with open(file) as source:
                saved = json.load(source)
            load(saved)
            if read(saved["known"]) != saved["seen"]:
                raise SystemExit("what was written is read otherwise")
            print("all that was written is read")


if __name__ == "__main__":
    main()
