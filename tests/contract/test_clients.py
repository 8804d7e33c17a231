"""The official SDKs of Node, Java and Go, classic and Tea, against the running stack."""

import json
import uuid
from collections.abc import Iterator

import pytest

from cli.deployment.target import Target
from tests.contract.drivers import LANGUAGES, Driver
from tests.contract.drivers.answering import answering
from tests.support.events import gateway_event
from visage.api.dialects.request import Request
from visage.api.dialects.responses import GreenReply, RpcReply
from visage.errors import Reason, VisageError
from visage.settings import settings

SDKS = [f"{language} {sdk}" for language in LANGUAGES for sdk in ("classic", "tea")]
RAISED = {
    "node classic": ("{}Error",),
    "node tea": ("ClientError", "ServerError", "Error"),
    "java classic": ("ClientException", "ServerException"),
    "java tea": ("TeaException",),
    "go classic": ("*errors.ServerError",),
    "go tea": ("*tea.SDKError", "*dara.SDKError"),
}
"""The kinds of exceptions that each SDK makes of errors of the service."""
PATHS = {
    "AddPerson": "person/add",
    "GetPerson": "person",
    "SetPerson": "person/update",
    "DeletePerson": "person/delete",
    "AddFaces": "face/add",
    "GetFaces": "faces",
    "DeleteFaces": "face/delete",
    "AddGroups": "person/groups/add",
    "DeleteGroups": "person/groups/delete",
    "GetGroups": "groups",
    "GetPersons": "group/persons",
    "SearchPerson": "search",
}
OTHER_PATHS = {
    "DetectFace": "/green/face/detect",
    "ImageSyncScan": "/green/image/scan",
    "ImageAsyncScan": "/green/image/asyncscan",
    "ImageAsyncScanResults": "/green/image/results",
    "UploadCredentials": "/green/credentials/uploadcredentials",
}
ALL_PATHS = {action: f"/green/sface/{path}" for action, path in PATHS.items()} | OTHER_PATHS


@pytest.fixture(scope="module")
def drivers() -> Iterator[dict[str, Driver]]:
    """The drivers that were selected."""
    running: dict[str, Driver] = {}
    yield running
    for driver in running.values():
        driver.stop()


class Sdk:
    """One SDK, used by one client of the stack."""

    def __init__(self, name: str, driver: Driver, endpoint: str, keys: tuple[str, str]) -> None:
        self.name = name
        self._driver = driver
        self._endpoint = endpoint
        self._keys = keys

    def ask(self, **asked) -> dict:
        key, secret = self._keys
        given = {"endpoint": self._endpoint, "key": key, "secret": secret, **asked}
        return self._driver.ask(sdk=self.name.split()[1], **given)

    def rpc(self, action: str, params: dict[str, str] | None = None, **asked) -> dict:
        """The answer, however the SDK spells its fields: in lower case."""
        answer = self.ask(action=action, params=params or {}, **{"format": "JSON", **asked})
        assert "error" not in answer, answer
        return _lower(answer["body"])

    def refused(self, action: str, params: dict[str, str], **asked) -> tuple[str, str, str]:
        """Kind, code and message of what the SDK raises."""
        error = self.ask(action=action, params=params, **asked)["error"]
        return error["kind"], error["code"], error["message"]

    def raises(self, kind: str, code: str) -> bool:
        """Whether this is what the SDK's users catch."""
        return kind in [each.format(code) for each in RAISED[self.name]]

    def green(self, action: str, body, **asked) -> dict:
        """The envelope."""
        answer = self.ask(action=action, path=ALL_PATHS[action], body=body, **asked)
        assert "error" not in answer, answer
        return answer["body"]

    def data(self, action: str, **body):
        envelope = self.green(action, body)
        assert envelope["code"] == 200, envelope
        return envelope["data"]


def _lower(value):
    if isinstance(value, dict):
        return {name.lower(): _lower(each) for name, each in value.items()}
    return value


@pytest.fixture(params=SDKS)
def sdk(request, drivers, stack, keys) -> Sdk:
    language = request.param.split()[0]
    if language not in drivers:
        drivers[language] = Driver(language)
    return Sdk(request.param, drivers[language], stack.url.removeprefix("http://"), keys)


def pair(source: str, target: str, types=("FacePic", "FacePic")) -> dict[str, str]:
    names = ("SourceImageType", "TargetImageType", "SourceImageValue", "TargetImageValue")
    return {name: value for name, value in zip(names, (*types, source, target), strict=True) if value}


# --- CompareFaces -----------------------------------------------------------------------------------------------------


def test_two_photos_are_compared(sdk, images):
    for other, alike in (("same", True), ("other", False)):
        answer = sdk.rpc("CompareFaces", pair(images["person"], images[other]))
        data = answer["data"]
        thresholds = json.loads(data["confidencethresholds"])
        assert sorted(thresholds) == ["0.0001", "0.001", "0.01"]
        assert all(isinstance(score, str) for score in thresholds.values())
        assert (data["similarityscore"] >= float(thresholds["0.001"])) is alike
        assert answer["code"] == "1" and len(answer["requestid"]) == 36


@pytest.mark.parametrize("sdk", ["java classic", "go classic"], indirect=True)  # the others know JSON alone
def test_two_photos_are_compared_in_xml(sdk, images):
    data = sdk.rpc("CompareFaces", pair(images["person"], images["same"]), format="XML")["data"]
    assert data["similarityscore"] >= float(json.loads(data["confidencethresholds"])["0.001"])


def test_each_error_of_a_request_is_the_sdks_own_exception(sdk, images):
    person, same, nobody = (images[name] for name in ("person", "same", "nobody"))
    raised = {
        "InvalidParam.ParamMissing": pair(person, ""),
        "InvalidParam.ImageTypeEmpty": pair(person, same, ("", "FacePic")),
        "InvalidParam.FacePicNotGiven": pair(person, same, ("IDPic", "IDPic")),
        "InvalidParam.ImageValuePatternError": pair(person, "/home/me/a.jpg"),
        "InvalidParam.ImageTypeInvalid": pair(person, same, ("FacePic", "Face")),
        "Error.NoFaceDetected": pair(person, nobody),
    }
    for code, params in raised.items():
        kind, told, message = sdk.refused("CompareFaces", params)
        assert told == code and sdk.raises(kind, code) and message


def test_why_an_image_was_refused_is_told(sdk, images):
    *_, message = sdk.refused("CompareFaces", pair(images["person"], "base64://bm8gaW1hZ2U="))
    assert "The pattern of value of given image is not acceptable." in message and "TargetImageValue" in message


def test_a_client_without_permission_is_told_so(sdk, stack, images):
    store = Target("visage", json.loads((stack.state / "stack.json").read_text())).clients
    reader = store.create(uuid.uuid4().hex, allow=("DetectFace",))
    keys = {"key": reader.id, "secret": reader.secrets[0].value}
    kind, code, _ = sdk.refused("CompareFaces", pair(images["person"], images["same"]), **keys)
    assert code == "Error.NoPermissionAccess" and sdk.raises(kind, code)


@pytest.mark.parametrize(
    ("reason", "code"),
    [(Reason.INTERNAL, "Error.InternalError"), (Reason.COMPARE_FAILED, "Error.CompareFacesError")],
)
def test_each_failure_of_ours_is_the_sdks_own_exception(sdk, reason, code):
    response = RpcReply(Request.from_event(gateway_event("POST", [])), "CompareFaces").failure(VisageError(reason))
    with answering(response) as endpoint:
        kind, told, _ = sdk.refused("CompareFaces", pair("http://a/1.jpg", "http://a/2.jpg"), endpoint=endpoint)
    assert told == code and sdk.raises(kind, code)


# --- uploads ----------------------------------------------------------------------------------------------------------


def test_rights_to_upload(sdk):
    token = sdk.rpc("DescribeOssUploadToken")["ossuploadtoken"]
    assert {"key", "secret", "token", "expired", "endpoint", "bucket", "path"} <= token.keys()
    data = sdk.data("UploadCredentials")
    assert {"accessKeyId", "accessKeySecret", "securityToken", "ossEndpoint", "uploadFolder"} <= data.keys()


# --- Green ------------------------------------------------------------------------------------------------------------


def test_the_life_of_a_person(sdk, images):
    sdk.data("AddPerson", personId=12345, groupIds=["staff", "guests"], name="安", note="Reception")
    sdk.data("SetPerson", personId="12345", note="Front desk")
    (added,) = sdk.data("AddFaces", personId="12345", urls=[images["person"]])["faceImageItems"]
    face_id = added["faceId"]
    assert added["success"] is True and len(str(face_id)) == 16
    assert str(json.loads(json.dumps(face_id))) == str(face_id), "no digit is lost"
    person = sdk.data("GetPerson", personId="12345")
    assert (person["name"], person["note"], sorted(person["groupIds"])) == ("安", "Front desk", ["guests", "staff"])
    assert person["faceIds"] == [str(face_id)]
    (face,) = sdk.data("GetFaces", personId="12345")["faceImageItems"]
    assert face["faceId"] == face_id and face["url"].startswith("http")
    assert sorted(sdk.data("GetGroups")["groupIds"]) == ["guests", "staff"]
    assert sdk.data("GetPersons", groupId="staff")["personIds"] == ["12345"]
    sdk.data("DeleteGroups", personId="12345", groupIds=["guests"])
    assert sorted(sdk.data("AddGroups", personId="12345", groupIds=["staff"])["groupIds"]) == ["staff"]

    (searched,) = sdk.data("SearchPerson", url=images["same"], groupId="staff")
    (found,) = searched["results"]
    (candidate,) = found["topPersonData"][0]["persons"]
    assert (found["label"], candidate["personId"], candidate["faceId"]) == ("found", "12345", str(face_id))
    assert candidate["name"] == "安"

    assert sdk.data("DeleteFaces", personId="12345", faceIds=[face_id])["deleteCount"] == 1
    assert sdk.data("DeletePerson", personId=12345)["deleteCount"] == 1


def test_faces_are_described_and_scanned(sdk, images):
    name = "test2NInmO$tAON6qYUrtCRgLo-1mwxdi"
    envelope = sdk.green("DetectFace", {"url": images["person"], "dataId": name})
    assert envelope["dataId"] == envelope["data"]["dataId"] == name
    assert len(envelope["faces"]) == len(envelope["data"]["faces"]) == 1
    task = {"url": images["person"], "dataId": name, "extras": {"faceUrl": images["same"]}}
    (scanned,) = sdk.data("ImageSyncScan", scenes=["sface-1", "liveness"], tasks=[task])
    assert [result["scene"] for result in scanned["results"]] == ["sface-1", "liveness"]
    assert scanned["results"][0]["label"] == "same"
    (taken,) = sdk.data("ImageAsyncScan", scenes=["sface-1"], tasks=[task])
    (told,) = sdk.green("ImageAsyncScanResults", [taken["taskId"]])["data"]
    assert told["code"] in (280, 200) and told["dataId"] == name


def test_code_that_reads_the_code_of_an_answer_gets_it(sdk):
    """By default, errors that a client can mend come with HTTP 200, as today's cloud sends them."""
    assert sdk.green("GetPerson", {"personId": "nobody"})["code"] == 400
    assert sdk.green("GetPersons", {"groupId": "nowhere"})["code"] == 404
    assert sdk.green("DetectFace", {"url": "/home/me/a.jpg", "dataId": "a"})["data"]["dataId"] == "a"


def test_with_a_status_of_its_class_an_error_never_reaches_that_code(sdk, monkeypatch):
    """`ErrorStatus=class`: all SDKs raise, but for Java's doAction, whose isSuccess is false then."""
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
        monkeypatch.setenv(name, "unused")
    monkeypatch.setenv("VISAGE_ERROR_STATUS", "class")
    settings.cache_clear()
    request = Request.from_event(gateway_event("POST", [], path="/green/sface/person"))
    response = GreenReply(request).failure(VisageError(Reason.PERSON_UNKNOWN))
    settings.cache_clear()
    with answering(response) as endpoint:
        asked = {"action": "GetPerson", "path": ALL_PATHS["GetPerson"], "body": {"personId": "nobody"}}
        answer = sdk.ask(**asked, endpoint=endpoint)
    if sdk.name == "java classic":
        assert answer["body"]["isSuccess"] is False
    else:
        code = "InvalidParam.PersonNotExists"
        assert answer["error"]["code"] == code and sdk.raises(answer["error"]["kind"], code)
