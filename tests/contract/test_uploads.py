"""Uploads over the running stack: grants with the official clients, objects with S3's, then oss:// addresses."""

import hashlib
import json

import boto3
import oss2
import pytest
import requests
from alibabacloud_cloudauth20190307.client import Client as TeaClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcloudauth.request.v20190307.DescribeOssUploadTokenRequest import DescribeOssUploadTokenRequest
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.profile import region_provider
from aliyunsdkcore.request import CommonRequest
from aliyunsdkgreen.request.v20180509.UploadCredentialsRequest import UploadCredentialsRequest
from aliyunsdkgreenextension.request.extension import ClientUploader
from botocore.exceptions import ClientError

from cli.deployment.target import Target
from demo.calls import call_compare_faces
from demo.portraits import portraits

PHOTO = "照片/奥巴马 1+2 %41.jpg"
OBAMA, AGAIN = ((portraits() / name).read_bytes() for name in ("obama.jpg", "obama2.jpg"))


def client_of(keys):
    return AcsClient(*keys, "cn-hangzhou")


def token_of(stack, keys, method="POST"):
    """DescribeOssUploadToken by the classic client: the folder, and what S3's clients need."""
    request = DescribeOssUploadTokenRequest()
    request.set_endpoint(stack.url)
    request.set_accept_format("JSON")
    request.set_method(method)
    answer = json.loads(client_of(keys).do_action_with_exception(request))
    return answer["S3"] | {"Path": answer["OssUploadToken"]["Path"]}


def credentials_of(stack, keys):
    """UploadCredentials by the classic client."""
    request = UploadCredentialsRequest()
    request.set_endpoint(stack.url)
    request.set_content(b"{}")
    return json.loads(client_of(keys).do_action_with_exception(request))["data"]


def common(stack, keys, action):
    """An action for which the official clients no longer have a class."""
    request = CommonRequest()
    request.set_domain(stack.url.removeprefix("http://"))
    request.set_protocol_type("http")
    request.set_version("2019-03-07")
    request.set_action_name(action)
    request.set_method("POST")
    request.set_accept_format("JSON")
    request.add_query_param("Biz", "tests")
    return json.loads(client_of(keys).do_action_with_exception(request))


def s3_of(s3):
    """An S3 client configured from a response."""
    given = {name.lower(): value for name, value in s3.items()}
    names = {"accesskeyid": "aws_access_key_id", "secretaccesskey": "aws_secret_access_key"}
    names |= {"sessiontoken": "aws_session_token", "endpoint": "endpoint_url", "region": "region_name"}
    return boto3.client("s3", **{name: given[key] for key, name in names.items()})


def oss_of(endpoint, bucket, key_id, secret, token, version):
    """OSS's own client."""
    auth = oss2.StsAuth(key_id, secret, token, auth_version=version)
    return oss2.Bucket(auth, endpoint, bucket, region="cn-shanghai")


@pytest.fixture
def compare(stack, keys):
    return lambda source, target: call_compare_faces(client_of(keys), stack.url, source, target, "JSON")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_what_is_uploaded_by_a_token_is_compared(stack, keys, compare, method):
    token = token_of(stack, keys, method)
    s3 = s3_of(token)
    s3.put_object(Bucket=token["Bucket"], Key=f"{token['Path']}/{PHOTO}", Body=OBAMA)
    s3.put_object(Bucket=token["Bucket"], Key=f"{token['Path']}/2.jpg", Body=AGAIN)
    addresses = f"oss://{token['Bucket']}:{token['Path']}/{PHOTO}", f"oss://{token['Bucket']}/{token['Path']}/2.jpg"
    answer = compare(*addresses)
    assert answer.score > answer.thresholds["0.0001"]


def test_the_tea_client_gets_a_token(stack, keys):
    endpoint = stack.url.removeprefix("http://")
    config = Config(access_key_id=keys[0], access_key_secret=keys[1], endpoint=endpoint, protocol="HTTP")
    token = TeaClient(config).describe_oss_upload_token().body.oss_upload_token
    oss = oss_of(token.end_point, token.bucket, token.key, token.secret, token.token, "v4")
    assert oss.put_object(f"{token.path}/a.jpg", b"x").status == 200


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_what_oss_own_client_uploads_is_compared(stack, keys, compare, version):
    given = credentials_of(stack, keys)
    names = ("ossEndpoint", "uploadBucket", "accessKeyId", "accessKeySecret", "securityToken")
    key = f"{given['uploadFolder']}/images/奥巴马 1+2.jpg"
    put = oss_of(*(given[name] for name in names), version).put_object(key, OBAMA)
    assert put.etag == hashlib.md5(OBAMA).hexdigest().upper()
    address = f"oss://{given['uploadBucket']}/{key}"
    assert compare(address, address).score > 99


def test_greens_official_uploader_works_unchanged(stack, keys, compare, tmp_path):
    """Its code is what Alibaba's own samples show; UploadCredentials is asked at the client's endpoint."""
    client = client_of(keys)
    region_provider.modify_point("Green", "cn-hangzhou", stack.url)
    uploader = ClientUploader.getImageClientUploader(client)
    file = tmp_path / "obama.jpg"
    file.write_bytes(OBAMA)
    addresses = uploader.uploadFile(str(file)), uploader.uploadBytes(AGAIN)
    answer = compare(*addresses)
    assert answer.score > answer.thresholds["0.0001"]


def test_an_image_of_several_megabytes_passes_and_a_larger_one_is_referred_to_tokens(stack, keys):
    given = credentials_of(stack, keys)
    names = ("ossEndpoint", "uploadBucket", "accessKeyId", "accessKeySecret", "securityToken")
    oss, key = oss_of(*(given[name] for name in names), "v1"), f"{given['uploadFolder']}/a.jpg"
    assert oss.put_object(key, bytes(4_500_000)).status == 200
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        oss.put_object(key, bytes(5_000_000))
    assert refused.value.status == 413


def test_a_refusal_raises_oss_clients_own_exception(stack, keys):
    given = credentials_of(stack, keys)
    names = ("ossEndpoint", "uploadBucket", "accessKeyId", "accessKeySecret", "securityToken")
    with pytest.raises(oss2.exceptions.AccessDenied):
        oss_of(*(given[name] for name in names), "v1").put_object("somebody/uploads/a.jpg", OBAMA)


def test_the_older_token(stack, keys):
    data = common(stack, keys, "GetVerifyToken")["Data"]
    token = data["StsToken"]
    names = ("EndPoint", "BucketName", "AccessKeyId", "AccessKeySecret", "Token")
    assert oss_of(*(token[name] for name in names), "v1").put_object(f"{token['Path']}/a.jpg", b"x").status == 200
    stored = s3_of(data["S3"]).put_object(Bucket=data["S3"]["Bucket"], Key=f"{token['Path']}/b.jpg", Body=b"x")
    assert stored["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_form_uploads_only_images_of_a_permitted_size(stack, keys, compare):
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
        s3[token["AccessKeyId"]] = s3_of(token)
        s3[token["AccessKeyId"]].put_object(Bucket=token["Bucket"], Key=f"{token['Path']}/a.jpg", Body=OBAMA)
    for call, key in [
        (s3[mine["AccessKeyId"]].put_object, f"{theirs['Path']}/b.jpg"),
        (s3[mine["AccessKeyId"]].get_object, f"{theirs['Path']}/a.jpg"),
        (s3[mine["AccessKeyId"]].get_object, f"{mine['Path']}/a.jpg"),
        (s3[mine["AccessKeyId"]].delete_object, f"{mine['Path']}/a.jpg"),
        (s3[mine["AccessKeyId"]].put_object, f"{keys[0]}/results/a.json"),
        (s3[mine["AccessKeyId"]].put_object, f"{keys[0]}/inline/a.jpg"),
    ]:
        with pytest.raises(ClientError) as refused:
            call(Bucket=mine["Bucket"], Key=key)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
    address = f"oss://{mine['Bucket']}:"
    answer = compare(f"{address}{theirs['Path']}/a.jpg", f"{address}{mine['Path']}/a.jpg")
    assert answer.code == "Error.NoPermissionAccess"
