"""Generates events/*.json: `python -m tests.support.make_events`."""

import base64
import hashlib
import io
import json
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote_plus

import oss2
from PIL import Image

from demo.portraits import portraits
from local.template.intrinsics import ACCOUNT, REGION, STACK
from tests.support.events import green_event, rpc_event
from tests.support.oss import put_event
from visage.access.clients import Client, Secret

EVENTS = Path(__file__).parents[2] / "events"
CLIENT = Client(id="LTAIeventsOfTheTests", name="events", secrets=(Secret("secretOfTheEvents"),))
SIGNED_AT = "2026-11-20T12:00:00Z"
HTTP_SIGNED_AT = "Fri, 20 Nov 2026 12:00:00 GMT"
NONCE = "5f3d7c1e9b2a48c6a0d4e8f7b6c5d4e3"
REQUEST_ID = "0b9c2f6e-6d0b-4b7e-9a57-3f1c8d2e4a10"


def make() -> dict[str, dict]:
    """Events by file name."""
    folder = portraits()
    person, same, other = (_small(folder / name) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    nobody = _inline(Image.linear_gradient("L").convert("RGB"))
    return {
        "rpc": _event(person, same),
        "rpc.unknown_action": _event(person, same, Action="CompareVoices"),
        "compare_faces": _event(person, same),
        "compare_faces.two_people": _event(person, other),
        "compare_faces.xml": _event(person, other, Format="XML"),
        "compare_faces.id_picture": _event(person, same, target_type="IDPic"),
        "compare_faces.no_face": _event(person, nobody),
        "compare_faces.local_path": _event(person, "/home/me/photo.jpg"),
        "detect_face": _green_event("/green/face/detect", {"bizType": "events", "dataId": "door", "url": person}),
        "detect_face.no_face": _green_event("/green/face/detect", {"url": nobody}),
        "detect_face_attributes": _form_event({"MaterialValue": person}, Action="DetectFaceAttributes"),
        "create_upload_credentials": _green_event("/green/credentials/uploadcredentials", {}),
        "describe_oss_upload_token": _form_event({}, Action="DescribeOssUploadToken"),
        "describe_upload_info": _form_event({"Biz": "events"}, Action="DescribeUploadInfo"),
        "get_verify_token": _form_event({"Biz": "events", "TicketId": "first"}, Action="GetVerifyToken"),
        "add_person": _green_event(
            "/green/sface/person/add",
            {"personId": "ann", "groupIds": ["staff", "guests"], "name": "Ann", "note": "Reception"},
        ),
        "set_person": _green_event("/green/sface/person/update", {"personId": "ann", "note": "Front desk"}),
        "get_person": _green_event("/green/sface/person", {"personId": "ann"}),
        "delete_person": _green_event("/green/sface/person/delete", {"personId": "ann"}),
        "add_groups": _green_event("/green/sface/person/groups/add", {"personId": "ann", "groupIds": ["guests"]}),
        "delete_groups": _green_event("/green/sface/person/groups/delete", {"personId": "ann", "groupIds": ["guests"]}),
        "get_groups": _green_event("/green/sface/groups", {}),
        "get_persons": _green_event("/green/sface/group/persons", {"groupId": "staff", "pageSize": 20}),
        "add_faces": _green_event("/green/sface/face/add", {"personId": "ann", "urls": [person], "dataId": "first"}),
        "get_faces": _green_event("/green/sface/faces", {"personId": "ann"}),
        "delete_faces": _green_event("/green/sface/face/delete", {"personId": "ann", "faceIds": ["1", 2]}),
        "search_person": _green_event("/green/sface/search", {"url": same, "groupId": "staff"}),
        "scan_image": _green_event(
            "/green/image/scan",
            {"scenes": ["sface-n"], "tasks": [{"dataId": "door", "url": same, "extras": {"groupId": "staff"}}]},
        ),
        "scan_image.compare": _green_event(
            "/green/image/scan",
            {"scenes": ["sface-1"], "tasks": [{"url": person, "extras": {"faceUrl": same}}]},
        ),
        "scan_image.liveness": _green_event("/green/image/scan", {"scenes": ["liveness"], "tasks": [{"url": person}]}),
        "scan_image_async": _green_event(
            "/green/image/asyncscan",
            {"scenes": ["sface-1"], "tasks": [{"dataId": "door", "url": person, "extras": {"faceUrl": same}}]},
        ),
        "get_scan_results": _green_event("/green/image/results", ["imgRJ0cfxKDMLdDeKSMbdRqcl9B"]),
        "create_liveness_session": _green_event("/green/face/liveness/session", {}),
        "verify_liveness": _green_event(
            "/green/face/liveness/verify",
            {
                "sessionId": "Jv0cZ1mRkq8xTn5wYb3uLs7eGd2hPf6a",
                "urls": [f"oss://visage-uploads/events/uploads/frame{number}.jpg" for number in range(8)],
            },
        ),
        "manage_clients": _green_event("/visage/clients", {"operation": "create", "name": "Till", "allow": ["*"]}),
        "put_object": _put_event(base64.b64decode(person.removeprefix("base64://"))),
        "run_scan": {"Records": [_queue_record("ScanQueue")]},
        "deliver_callback": {"Records": [_queue_record("CallbackQueue")]},
        "on_upload": _drop_event("events/enrol/staff/ann/ann.jpg"),
        "on_upload.name": _drop_event("events/enrol/staff/ann/张三 照片 1+2.jpg"),
        "on_upload.nobody": _drop_event("events/enrol/staff/no one/1.jpg"),
        "on_upload.result": _drop_event("events/results/enrol/staff/ann/ann.jpg.json"),
        "on_upload.scan": _drop_event("events/scan/sface-n/staff/door.jpg"),
        "on_upload.upload": _drop_event("events/uploads/door.jpg"),
        "pack_gallery": {"Records": [_stream_record("CHANGED#events", "ann")]},
        "purge_snapshots": _schedule_event(),
        "purge_expired": _schedule_event(),
    }


def _event(source: str, target: str, target_type: str = "FacePic", **changes: str) -> dict:
    form = {
        "SourceImageType": "FacePic",
        "SourceImageValue": source,
        "TargetImageType": target_type,
        "TargetImageValue": target,
    }
    return _form_event(form, **changes)


def _form_event(form: dict[str, str], **changes: str) -> dict:
    event = rpc_event(CLIENT, form, Timestamp=SIGNED_AT, SignatureNonce=NONCE, **changes)
    event["requestContext"]["requestId"] = REQUEST_ID
    return event


def _green_event(path: str, body: dict | list) -> dict:
    event = green_event(CLIENT, path, body, Date=HTTP_SIGNED_AT, x_acs_signature_nonce=NONCE)
    event["requestContext"]["requestId"] = REQUEST_ID
    return event


def _put_event(photo: bytes) -> dict:
    with patch("oss2.utils.http_date", lambda: HTTP_SIGNED_AT):
        auth = oss2.make_auth(CLIENT.id, CLIENT.secrets[0].value)
        event = put_event(auth, f"{CLIENT.id}/uploads/door.jpg", photo)
    event["requestContext"]["requestId"] = REQUEST_ID
    return event


def _stream_record(partition: str, sort: str) -> dict:
    return {
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795176000.0,
            "Keys": {"pk": {"S": partition}, "sk": {"S": sort}},
            "SequenceNumber": "100000000000000000001",
            "SizeBytes": 22,
            "StreamViewType": "KEYS_ONLY",
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/visage/stream/2026-11-20T00:00:00.000",
    }


def _queue_record(queue: str) -> dict:
    body = json.dumps({"library": CLIENT.id, "taskId": "imgRJ0cfxKDMLdDeKSMbdRqcl9B"})
    return {
        "messageId": REQUEST_ID,
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795176000000",
            "SenderId": "123456789012",
            "ApproximateFirstReceiveTimestamp": "1795176000001",
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode()).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{queue}",
        "awsRegion": "eu-central-1",
    }


def _drop_event(key: str) -> dict:
    """A new object in the local stack's upload bucket. If there is none, the function finds that it is gone."""
    bucket = f"{STACK}-uploads-{ACCOUNT}-{REGION}"
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": SIGNED_AT,
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE:events"},
        "requestParameters": {"sourceIPAddress": "192.0.2.1"},
        "responseElements": {"x-amz-request-id": "EXAMPLE123456789", "x-amz-id-2": "EXAMPLE123/5678abcdefghijk="},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "dropped",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "EXAMPLE"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": 8,
                "eTag": hashlib.md5(b"no image").hexdigest(),
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }
    return {"Records": [record]}


def _schedule_event() -> dict:
    return {
        "version": "0",
        "id": REQUEST_ID,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": SIGNED_AT,
        "region": "eu-central-1",
        "resources": ["arn:aws:events:eu-central-1:123456789012:rule/visage-purge"],
        "detail": {},
    }


def _small(path: Path) -> str:
    """The portrait at 240 px, about what a chip or a thumbnail holds."""
    image = Image.open(path).convert("RGB")
    image.thumbnail((240, 240))
    return _inline(image)


def _inline(image: Image.Image) -> str:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return "base64://" + base64.b64encode(out.getvalue()).decode()


if __name__ == "__main__":
    for name, event in make().items():
        (EVENTS / f"{name}.json").write_text(json.dumps(event, indent=2) + "\n")
