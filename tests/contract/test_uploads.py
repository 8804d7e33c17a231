"""Uploads over the running stack: rights by the official clients, objects by S3's, and then an oss:// address."""

import json

import boto3
import pytest
import requests
from alibabacloud_cloudauth20190307.client import Client as TeaClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcloudauth.request.v20190307.DescribeOssUploadTokenRequest import DescribeOssUploadTokenRequest
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from aliyunsdkgreen.request.v20180509.UploadCredentialsRequest import UploadCredentialsRequest
from botocore.exceptions import ClientError

from cli.target import Target
from demo.calls import call_compare_faces
from demo.portraits import portraits

PHOTO = "照片/奥巴马 1+2 %41.jpg"
OBAMA, AGAIN = ((portraits() / name).read_bytes() for name in ("obama.jpg", "obama2.jpg"))


def client_of(keys):
    return AcsClient(*keys, "cn-hangzhou")


def token_of(stack, keys, method="POST"):
    """DescribeOssUploadToken by the classic client."""
    request = DescribeOssUploadTokenRequest()
    request.set_endpoint(stack.url)
    request.set_accept_format("JSON")
    request.set_method(method)
    return json.loads(client_of(keys).do_action_with_exception(request))["OssUploadToken"]


def credentials_of(stack, keys):
    """UploadCredentials by the classic client."""
    request = UploadCredentialsRequest()
    request.set_endpoint(stack.url)
    request.set_content(b"{}")
    return json.loads(client_of(keys).do_action_with_exception(request))["data"]


def common(stack, keys, action):
    """An action that the official clients have no class for any more."""
    request = CommonRequest()
    request.set_domain(stack.url.removeprefix("http://"))
    request.set_protocol_type("http")
    request.set_version("2019-03-07")
    request.set_action_name(action)
    request.set_method("POST")
    request.set_accept_format("JSON")
    request.add_query_param("Biz", "tests")
    return json.loads(client_of(keys).do_action_with_exception(request))


def s3_of(key_id, secret, token, endpoint, region):
    credentials = {"aws_access_key_id": key_id, "aws_secret_access_key": secret, "aws_session_token": token}
    return boto3.client("s3", region, endpoint_url=endpoint, **credentials)


@pytest.fixture
def compare(stack, keys):
    return lambda source, target: call_compare_faces(client_of(keys), stack.url, source, target, "JSON")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_what_is_uploaded_by_a_token_is_compared(stack, keys, compare, method):
    token = token_of(stack, keys, method)
    s3 = s3_of(*(token[name] for name in ("Key", "Secret", "Token", "EndPoint", "Region")))
    s3.put_object(Bucket=token["Bucket"], Key=f"{token['Path']}/{PHOTO}", Body=OBAMA)
    s3.put_object(Bucket=token["Bucket"], Key=f"{token['Path']}/2.jpg", Body=AGAIN)
    addresses = f"oss://{token['Bucket']}:{token['Path']}/{PHOTO}", f"oss://{token['Bucket']}/{token['Path']}/2.jpg"
    answer = compare(*addresses)
    assert answer.score > answer.thresholds["0.0001"]


def test_the_tea_client_gets_a_token(stack, keys):
    endpoint = stack.url.removeprefix("http://")
    config = Config(access_key_id=keys[0], access_key_secret=keys[1], endpoint=endpoint, protocol="HTTP")
    token = TeaClient(config).describe_oss_upload_token().body.oss_upload_token
    s3 = s3_of(token.key, token.secret, token.token, token.end_point, "us-east-1")
    stored = s3.put_object(Bucket=token.bucket, Key=f"{token.path}/a.jpg", Body=b"x")
    assert stored["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_green_uploads_as_its_official_extension_lays_objects_out(stack, keys, compare):
    given = credentials_of(stack, keys)
    names = ("accessKeyId", "accessKeySecret", "securityToken", "ossEndpoint", "region")
    key = f"{given['uploadFolder']}/images/0b9c2f6e.jpg"
    s3_of(*(given[name] for name in names)).put_object(Bucket=given["uploadBucket"], Key=key, Body=OBAMA)
    address = f"oss://{given['uploadBucket']}/{key}"
    assert compare(address, address).score == 100


def test_the_older_token(stack, keys):
    token = common(stack, keys, "GetVerifyToken")["Data"]["StsToken"]
    names = ("AccessKeyId", "AccessKeySecret", "Token", "EndPoint", "Region")
    s3 = s3_of(*(token[name] for name in names))
    stored = s3.put_object(Bucket=token["BucketName"], Key=f"{token['Path']}/a.jpg", Body=b"x")
    assert stored["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_form_uploads_images_of_a_fitting_size_alone(stack, keys, compare):
    given = common(stack, keys, "DescribeUploadInfo")
    form, folder = given["Form"], given["Folder"]

    def post(name, body, **fields):
        data = {**form["Fields"], **{field.replace("_", "-"): value for field, value in fields.items()}}
        return requests.post(form["Url"], data=data, files={"file": (name, body)}, timeout=30).status_code

    assert post("奥巴马 1.jpg", OBAMA) == 204
    assert post("2.jpg", AGAIN, key=f"{folder}/named.jpg", Content_Type="image/jpg") == 204
    bucket = form["Url"].rpartition("/")[2]
    answer = compare(f"oss://{bucket}:{folder}/奥巴马 1.jpg", f"oss://{bucket}:{folder}/named.jpg")
    assert answer.score > answer.thresholds["0.0001"]
    assert post("large.jpg", bytes(20 * 2**20 + 1)) == 400
    assert post("empty.jpg", b"") == 400
    assert post("a.html", b"x", Content_Type="text/html") == 403
    assert post("a.jpg", b"x", key="somebody-else/uploads/a.jpg") == 403


def test_a_token_reaches_no_other_client(stack, keys, compare):
    other = Target("visage", json.loads((stack.state / "stack.json").read_text())).clients.create("other")
    mine, theirs = (token_of(stack, pair) for pair in (keys, (other.id, other.secrets[0].value)))
    s3 = {}
    for token in (mine, theirs):
        s3[token["Key"]] = s3_of(*(token[name] for name in ("Key", "Secret", "Token", "EndPoint", "Region")))
        s3[token["Key"]].put_object(Bucket=token["Bucket"], Key=f"{token['Path']}/a.jpg", Body=OBAMA)
    for call, key in [
        (s3[mine["Key"]].put_object, f"{theirs['Path']}/b.jpg"),
        (s3[mine["Key"]].get_object, f"{theirs['Path']}/a.jpg"),
        (s3[mine["Key"]].get_object, f"{mine['Path']}/a.jpg"),
        (s3[mine["Key"]].delete_object, f"{mine['Path']}/a.jpg"),
        (s3[mine["Key"]].put_object, f"{keys[0]}/results/a.json"),
        (s3[mine["Key"]].put_object, f"{keys[0]}/inline/a.jpg"),
    ]:
        with pytest.raises(ClientError) as refused:
            call(Bucket=mine["Bucket"], Key=key)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
    address = f"oss://{mine['Bucket']}:"
    answer = compare(f"{address}{theirs['Path']}/a.jpg", f"{address}{mine['Path']}/a.jpg")
    assert answer.code == "Error.NoPermissionAccess"
