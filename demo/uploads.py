"""Uploads with temporary credentials and with a browser form, and compares the two images by URL."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import oss2
import requests
from aliyunsdkcloudauth.request.v20190307.DescribeOssUploadTokenRequest import DescribeOssUploadTokenRequest
from aliyunsdkcore.client import AcsClient
from botocore.exceptions import ClientError

from demo.calls import call_compare_faces
from demo.steps import Step


def steps(client: AcsClient, endpoint: str, folder: Path) -> Iterator[Step]:
    answer = _upload_token(client, endpoint)
    token, form, given = answer["OssUploadToken"], answer["Form"], answer["S3"]
    oss = oss2.Bucket(oss2.StsAuth(token["Key"], token["Secret"], token["Token"]), token["EndPoint"], token["Bucket"])
    s3 = boto3.client(
        "s3",
        given["Region"],
        endpoint_url=given["EndPoint"],
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    photo = (folder / "obama.jpg").read_bytes()

    def put(key: str) -> str:
        return _outcome(s3.put_object, Bucket=given["Bucket"], Key=key, Body=photo)

    def post(name: str, **fields: str) -> str:
        with (folder / name).open("rb") as file:
            sent = requests.post(form["Url"], data=form["Fields"] | fields, files={"file": (name, file)}, timeout=30)
        return "stored" if sent.status_code == 204 else "refused"

    def compare(first: str, second: str) -> Any:
        addresses = (f"oss://{token['Bucket']}:{key}" for key in (first, second))
        return call_compare_faces(client, endpoint, *addresses, "JSON")

    first, second = f"{token['Path']}/奥巴马 1.jpg", f"{token['Path']}/obama2.jpg"
    yield _step("upload with OSS's own client", _outcome(oss.put_object, first, photo), "stored")
    yield _step("upload with S3's", put(first), "stored")
    yield _step("the same, into another client's folder", put("somebody/uploads/a.jpg"), "AccessDenied")
    yield _step("read it with the token", _outcome(s3.get_object, Bucket=given["Bucket"], Key=first), "AccessDenied")
    yield _step("upload by a form", post("obama2.jpg"), "stored")
    yield _step("the same, as a web page", post("obama2.jpg", **{"Content-Type": "text/html"}), "refused")
    same = compare(first, second)
    good = same.score is not None and same.score >= same.thresholds["0.0001"]
    yield Step("compare the two by oss://", f"score {same.score:.2f}" if same.score else same.code, "same", good)
    yield _step("another client's upload", compare(first, "somebody/uploads/a.jpg").code, "Error.NoPermissionAccess")


def _upload_token(client: AcsClient, endpoint: str) -> dict[str, Any]:
    request = DescribeOssUploadTokenRequest()
    request.set_endpoint(endpoint)
    request.set_accept_format("JSON")
    return json.loads(client.do_action_with_exception(request))


def _outcome(call: Callable[..., Any], *key_and_content: Any, **parameters: Any) -> str:
    try:
        call(*key_and_content, **parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "stored"


def _step(call: str, answer: str, expected: str) -> Step:
    return Step(call, answer, expected, answer == expected)
