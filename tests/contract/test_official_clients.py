"""The official Python clients, classic and Tea, against the running stack, over HTTP."""

import json
from xml.etree import ElementTree

import pytest
from alibabacloud_cloudauth20190307.client import Client as TeaClient
from alibabacloud_cloudauth20190307.models import CompareFacesRequest as TeaCompareFacesRequest
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkgreen.request.v20180509.VideoSyncScanRequest import VideoSyncScanRequest
from darabonba.exceptions import DaraException

from cli.deployment.target import Target
from visage.access.clients import ClientStore


@pytest.fixture
def classic(stack):
    return AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou")


@pytest.fixture
def tea(stack):
    return TeaClient(
        Config(
            access_key_id=stack.client.id,
            access_key_secret=stack.client.secret,
            endpoint=stack.url.removeprefix("http://"),
            protocol="HTTP",
        )
    )


@pytest.fixture
def store(stack) -> ClientStore:
    """The stack's clients, as the operator's command line reaches them."""
    return Target("visage", json.loads((stack.state / "stack.json").read_text())).clients


def request_for(stack, source, target, types=("FacePic", "FacePic"), form="JSON"):
    request = CompareFacesRequest()
    request.set_endpoint(stack.url)
    request.set_accept_format(form)
    for set_value, value in (
        (request.set_SourceImageType, types[0]),
        (request.set_SourceImageValue, source),
        (request.set_TargetImageType, types[1]),
        (request.set_TargetImageValue, target),
    ):
        if value is not None:
            set_value(value)
    return request


def refusal(client, request):
    with pytest.raises(ServerException) as refused:
        client.do_action_with_exception(request)
    return refused.value.get_http_status(), refused.value.get_error_code()


# --- success ----------------------------------------------------------------------------------------------------------


def test_the_classic_client_is_answered_in_json(stack, classic, images):
    body = json.loads(classic.do_action_with_exception(request_for(stack, images["person"], images["same"])))
    thresholds = json.loads(body["Data"]["ConfidenceThresholds"])
    assert body["Code"] == "1" and body["Success"] is True and len(body["RequestId"]) == 36
    assert list(thresholds) == ["0.0001", "0.001", "0.01"]
    assert float(thresholds["0.0001"]) < body["Data"]["SimilarityScore"] <= 100


def test_the_classic_client_is_answered_in_xml(stack, classic, images):
    request = request_for(stack, images["person"], images["other"], form="XML")
    status, headers, body = classic.get_response(request)
    root = ElementTree.fromstring(body)
    thresholds = json.loads(root.findtext("Data/ConfidenceThresholds"))
    assert status == 200 and headers["Content-Type"].startswith("text/xml")
    assert root.tag == "CompareFacesResponse" and root.findtext("Code") == "1" and root.findtext("Success") == "true"
    assert 0 <= float(root.findtext("Data/SimilarityScore")) < float(thresholds["0.01"])


def test_the_tea_client_is_answered(tea, images):
    answer = tea.compare_faces(
        TeaCompareFacesRequest(
            source_image_type="FacePic",
            source_image_value=images["person"],
            target_image_type="FacePic",
            target_image_value=images["same"],
        )
    ).body
    assert answer.code == "1" and answer.success is True
    assert answer.data.similarity_score > float(json.loads(answer.data.confidence_thresholds)["0.0001"])


def test_a_temporary_client_is_answered(stack, store, images):
    temporary = store.create("session", session_seconds=600)
    client = AcsClient(
        region_id="cn-hangzhou",
        credential=StsTokenCredential(temporary.id, temporary.secrets[0].value, temporary.token),
    )
    body = json.loads(client.do_action_with_exception(request_for(stack, images["person"], images["same"])))
    assert body["Success"] is True


# --- each error -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "values", "expected"),
    [
        ((None, "FacePic"), ("person", "same"), (400, "InvalidParam.ImageTypeEmpty")),
        (("FacePic", "Face"), ("person", "same"), (400, "InvalidParam.ImageTypeInvalid")),
        (("IDPic", "IDPic"), ("person", "same"), (400, "InvalidParam.FacePicNotGiven")),
        (("FacePic", "IDPic"), ("person", None), (403, "InvalidParam.ParamMissing")),
        (("FacePic", "FacePic"), ("person", "nobody"), (400, "Error.NoFaceDetected")),
    ],
)
def test_the_codes_of_compare_faces(stack, classic, images, types, values, expected):
    source, target = (images.get(value) for value in values)
    assert refusal(classic, request_for(stack, source, target, types)) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/home/me/a.jpg", (400, "InvalidParam.ImageValuePatternError")),
        ("data:image/png;base64,AAAA", (400, "InvalidParam.ImageValuePatternError")),
        ("http://127.0.0.2/a.jpg", (400, "InvalidParam.ImageValuePatternError")),
        ("http://169.254.169.254/latest/meta-data/", (400, "InvalidParam.ImageValuePatternError")),
        ("base64://bm8gaW1hZ2U=", (400, "InvalidParam.ImageValuePatternError")),
        ("oss://somebody-elses-bucket:a.jpg", (400, "InvalidParam.ImageValuePatternError")),
        ("https://no-such-host.invalid/a.jpg", (400, "InvalidParam.ImageNotFound")),
    ],
)
def test_addresses_without_an_image(stack, classic, images, address, expected):
    assert refusal(classic, request_for(stack, images["person"], address)) == expected


def test_a_client_without_permission(stack, store, images):
    other = store.create("other", allow=("DetectFace",))
    client = AcsClient(other.id, other.secrets[0].value, "cn-hangzhou")
    assert refusal(client, request_for(stack, images["person"], images["same"])) == (403, "Error.NoPermissionAccess")


def test_a_wrong_secret_is_named_as_such_by_the_client_itself(stack, images):
    client = AcsClient(stack.client.id, "wrong", "cn-hangzhou")
    assert refusal(client, request_for(stack, "http://a.example.com/1.jpg", "http://a.example.com/2.jpg")) == (
        400,
        "InvalidAccessKeySecret",
    )


def test_an_unknown_key(stack):
    client = AcsClient("LTAInobody", "secret", "cn-hangzhou")
    assert refusal(client, request_for(stack, "a", "b")) == (404, "InvalidAccessKeyId.NotFound")


def test_an_unknown_operation(stack, classic):
    request = VideoSyncScanRequest()
    request.set_endpoint(stack.url)
    assert refusal(classic, request) == (404, "InvalidAction.NotFound")


def test_an_error_in_xml(stack, classic, images):
    status, _, body = classic.get_response(request_for(stack, images["person"], images["nobody"], form="XML"))
    root = ElementTree.fromstring(body)
    assert status == 400 and root.tag == "Error"
    assert [child.tag for child in root][:4] == ["RequestId", "HostId", "Code", "Message"]
    assert root.findtext("Code") == "Error.NoFaceDetected"


def test_the_tea_client_raises_its_typed_error(tea, images):
    request = TeaCompareFacesRequest(
        source_image_type="FacePic",
        source_image_value=images["person"],
        target_image_type="FacePic",
        target_image_value=images["nobody"],
    )
    with pytest.raises(DaraException) as refused:
        tea.compare_faces(request)
    assert refused.value.code == "Error.NoFaceDetected"
