"""Every handler within the permissions of its role: every call is allowed, and every permission is used.

SSM uses KMS keys in the caller's name, and Lambda reads the stream; no call of ours shows that.
"""

import base64
import time
from types import SimpleNamespace

import pytest

from tests.support.stage import AGAIN, OBAMA, Stage
from visage import aws
from visage.api.scans import async_scan
from visage.gallery.upkeep import pack, purge
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("queues")

_PICTURE = {"Type": "FacePic", "Value": OBAMA}


def show_faces(stage: Stage) -> None:
    pair = {f"{side}Image{part}": value for side in ("Source", "Target") for part, value in _PICTURE.items()}
    for function in ("compare_faces", "rpc"):
        stage.rpc(function, "CompareFaces", **pair)
    for function in ("detect_face_attributes", "rpc"):
        stage.rpc(function, "DetectFaceAttributes", MaterialValue=OBAMA)
    stage.green("detect_face", url=OBAMA)


def grant_uploads(stage: Stage) -> None:
    stage.green("create_upload_credentials")
    actions = {
        "describe_oss_upload_token": "DescribeOssUploadToken",
        "describe_upload_info": "DescribeUploadInfo",
        "get_verify_token": "GetVerifyToken",
    }
    for function, action in actions.items():
        stage.rpc(function, action)
        stage.rpc("rpc", action)
    for kind in ("uploads", "enrol/staff/ann", "scan/liveness"):
        stage.put(f"{kind}/a.jpg")


def prove_to_be_live(stage: Stage) -> None:
    session = stage.green("create_liveness_session")["sessionId"]
    stage.green("verify_liveness", sessionId=session, urls=[OBAMA] * 8)
    stage.green("verify_liveness", code=400, sessionId=session, urls=[OBAMA] * 8)


def keep_persons(stage: Stage) -> None:
    stage.green("add_person", personId="ann", groupIds=["staff", "guests"])
    stage.green("get_groups")
    stage.green("get_person", personId="ann")
    stage.green("set_person", personId="ann", note="Reception")
    stage.green("delete_groups", personId="ann", groupIds=["guests"])
    stage.green("add_groups", personId="ann", groupIds=["guests"])
    stage.green("add_faces", personId="ann", urls=[OBAMA])
    (face,) = stage.green("get_faces", personId="ann")["faceImageItems"]
    assert face["url"]
    stage.green("delete_faces", personId="ann", faceIds=[face["faceId"]])
    stage.green("add_faces", personId="ann", urls=[AGAIN])
    stage.green("delete_person", personId="ann")


def be_overtaken(stage: Stage) -> None:
    stage.overtaken("add_person", 200, personId="cat", groupIds=["staff"])
    changes = {
        "set_person": (400, {"name": "Ben"}),
        "add_groups": (400, {"groupIds": ["guests"]}),
        "delete_groups": (400, {"groupIds": ["staff"]}),
        "delete_person": (400, {}),
        "add_faces": (200, {"urls": [AGAIN]}),
    }
    for function, (code, body) in changes.items():
        stage.add("ben", "staff")
        stage.overtaken(function, code, personId="ben", **body)
    stage.add("ben", "staff", OBAMA)
    stage.overtaken("delete_faces", 500, personId="ben", faceIds=[*stage.library.person("ben").faces])


def pack_and_search(stage: Stage) -> None:
    """With either packer: a new group, then one in a snapshot, then one in an index; then two persons are deleted."""
    for function in ("search_person", "scan_image"):
        assert [entry["code"] for entry in stage.look(function, "nobody")] == [404]
    stage.green("get_persons", groupId="nobody", code=404)
    for packer in (stage.pack, stage.purge):
        group = packer.__name__
        stage.vectors_from(1_000_000)
        stage.add("ann", group, OBAMA)
        stage.search(group)
        pack.pack(stage.library.name)
        stage.search(group)
        stage.vectors_from(0)
        stage.add("ben", group, AGAIN)
        packer()
        stage.search(group)
        stage.green("add_faces", personId="ben", urls=[OBAMA])
        stage.gone("ann")
        stage.gone("ben")
        packer()


def search_later(stage: Stage) -> None:
    """With an inline image, a receiver that refuses callbacks, a result in the bucket, and a deleted person."""
    stage.add("ann", "later", OBAMA)
    image = aws.client("s3").get_object(Bucket="visage-uploads", Key="stage/obama.jpg")["Body"].read()
    stage.answer_callbacks(500)
    url = "base64://" + base64.b64encode(image).decode()
    assert stage.look_later("later", url, callback="http://receiver.test", seed="a") == [200]
    assert stage.look_later("nobody") == [404]
    body = {"scenes": ["sface-n"], "tasks": [{"url": AGAIN, "extras": {"groupId": "later"}}]}
    taken = async_scan.take(stage.library.name, body, result_key="stage/results/a.json")
    stage.gone_before_the_end("ann")
    assert stage.run(*taken) == [594]


def take_drops(stage: Stage) -> None:
    """Valid and invalid ones of each kind; for a new group, then one in a snapshot, then one in an index."""
    s3 = aws.client("s3")
    image, again = (
        s3.get_object(Bucket="visage-uploads", Key=f"stage/{name}")["Body"].read()
        for name in ("obama.jpg", "obama2.jpg")
    )
    for kind in ("uploads", "enrol", "scan"):
        assert stage.drop(f"{kind}/bad.jpg", b"no image") in ("IMAGE_UNREADABLE", "FIELD_INVALID")
    assert stage.drop("uploads/good.jpg", image) == "GOOD"
    assert stage.drop("scan/sface-n/drops/door.jpg", image) == "QUEUED"
    assert stage.drop("enrol/drops/dora/1.jpg", image) == "ENROLLED"
    assert stage.drop("enrol/more/dora/1.jpg", image) == "ENROLLED"
    for faces, person_id in ((1_000_000, "eric"), (0, "fred")):
        stage.vectors_from(faces)
        pack.pack(stage.library.name)
        assert stage.drop(f"enrol/drops/{person_id}/1.jpg", image) == "ENROLLED"
    assert stage.drop_overtaken("enrol/drops/fred/2.jpg", again, "fred") == "PERSON_UNKNOWN"
    assert stage.drop_overtaken("enrol/drops/gwen/1.jpg", image, "gwen") == "ENROLLED"
    assert stage.drop_of_who_leaves("enrol/drops/hank/1.jpg", image, "hank") == "ENROLLED"


def erase(stage: Stage) -> None:
    """Erase a person with drops and results, by every way of erasure; then a person unused for long."""
    aws.client("sqs").purge_queue(QueueUrl=settings().scan_queue)  # of what was dropped to be scanned
    for function in ("delete_faces", "delete_person"):
        stage.add("hans", "erased", OBAMA)
        stage.leave_traces("hans", "erased")
        body = {"faceIds": [*stage.library.person("hans").faces]} if function == "delete_faces" else {}
        stage.green(function, personId="hans", **body)
        stage.gone("hans")
    for person_id in ("abe", "abi"):  # the first that the purge comes upon
        stage.add(person_id, "erased", OBAMA)
        stage.leave_traces(person_id, "erased")
        stage.in_days(400)
        if person_id == "abe":
            stage.overtake("purge_expired", person_id)
        stage.purge_expired()
        stage.in_days(0)
    image = aws.client("s3").get_object(Bucket="visage-uploads", Key="stage/obama.jpg")["Body"].read()
    stage.gone_before_the_answer("kim")
    assert stage.drop("enrol/erased/kim/1.jpg", image) == "ENROLLED"
    assert stage.drop("enrol/staff/kim/1.jpg", image, library="new") == "ENROLLED"
    assert not stage.library.persons(["hans", "abe", "abi", "kim"])


def manage_clients(stage: Stage) -> None:
    made = stage.operate("create", name="till", allow=["CompareFaces"])["clientId"]
    for verb in ("limit", "rotate", "disable"):
        stage.operate(verb, clientId=made)
    stage.operate("list")


def test_handlers_may_do_what_they_do_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    in_two_hours = SimpleNamespace(time=lambda: time.time() + 7200)
    monkeypatch.setattr(purge, "time", in_two_hours)  # when what no edition names any more is old enough
    for limit in ("VISAGE_CLIENT_RATE", "VISAGE_LIBRARY_RATE"):
        monkeypatch.setenv(limit, "1000")
    settings.cache_clear()
    stage = Stage(monkeypatch)
    scenes = (show_faces, prove_to_be_live, grant_uploads, keep_persons, be_overtaken, pack_and_search, search_later)
    for scene in (*scenes, take_drops, erase, manage_clients):
        scene(stage)
    assert {name: rights.refused for name, rights in stage.rights.items() if rights.refused} == {}
    # It comes with `ReadGalleries`, but only who asks for a group by its name must be told that there is none.
    callers = ("add_faces", "pack_gallery", "purge_snapshots")
    spare = {(function, "dynamodb:GetItem", "GROUPS#*") for function in callers}
    # These come with `VerifyCallers`: OSS's signatures have no nonce, and only a stranger's key has the list looked at.
    spare.add(("put_object", "dynamodb:PutItem", "NONCE#*"))
    listing = ("ssm:GetParametersByPath", "arn:aws:ssm:eu-central-1:123456789012:parameter/visage/test/clients*")
    spare |= {(function, *listing) for function, rights in stage.rights.items() if listing in rights.idle}
    # Lambda sends there, by the function's role, what it could not do.
    spare.add(("on_upload", "sqs:SendMessage", "arn:aws:sqs:eu-central-1:123456789012:upload-dead-letters"))
    assert {(function, *grant) for function, rights in stage.rights.items() for grant in rights.idle} == spare
