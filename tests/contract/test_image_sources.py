"""Images by URL, over the running stack: from the web (an allowed private address) and from the bucket."""

import json

import boto3
import pytest
from aliyunsdkcore.client import AcsClient

from demo.calls import call_compare_faces
from demo.portraits import portraits
from tests.support.web import Site, serving


class Photos(Site):
    """Serves the portraits; /moved/NAME redirects to /NAME, /secret to a private address that is not allowed."""

    def do_GET(self):
        name = self.path.removeprefix("/moved").removeprefix("/")
        if self.path.startswith("/moved/"):
            self.answer(302, location=f"/{name}")
        elif name == "secret":
            self.answer(302, location="http://127.0.0.2/obama.jpg")
        elif (portraits() / name).is_file():
            self.answer(200, (portraits() / name).read_bytes())
        else:
            self.answer(404)


@pytest.fixture(scope="module")
def photos():
    with serving(Photos) as address:
        yield address


@pytest.fixture(scope="module")
def uploaded(stack):
    """The upload bucket's name, and the prefix of the client's own objects, of which one is 奥巴马 1+2.jpg."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    buckets = json.loads((stack.state / "stack.json").read_text())["buckets"]
    (bucket,) = [name for name in buckets if "upload" in name]
    s3 = boto3.client("s3", endpoint_url=stack.endpoint, region_name="us-east-1", **keys)
    for key in (f"{stack.client.id}/奥巴马 1+2.jpg", "somebody-else/a.jpg"):
        s3.put_object(Bucket=bucket, Key=key, Body=(portraits() / "obama.jpg").read_bytes())
    return bucket, stack.client.id


@pytest.fixture
def compare(stack):
    client = AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou")
    return lambda source, target: call_compare_faces(client, stack.url, source, target, "JSON")


@pytest.mark.parametrize("path", ["/obama2.jpg", "/moved/obama2.jpg"])
def test_two_photos_from_the_web(compare, photos, path):
    answer = compare(f"{photos}/obama.jpg", photos + path)
    assert answer.score > answer.thresholds["0.0001"]


def test_a_photo_that_does_not_exist(compare, photos):
    assert compare(f"{photos}/obama.jpg", f"{photos}/nobody.jpg").code == "InvalidParam.ImageNotFound"


def test_a_redirect_to_an_address_that_the_deployment_does_not_name(compare, photos):
    assert compare(f"{photos}/obama.jpg", f"{photos}/secret").code == "InvalidParam.ImageValuePatternError"


@pytest.mark.parametrize("form", ["oss://{}:{}/奥巴马 1+2.jpg", "oss://{}/{}/奥巴马 1+2.jpg"])
def test_an_uploaded_photo(compare, photos, uploaded, form):
    answer = compare(form.format(*uploaded), f"{photos}/biden.jpg")
    assert answer.score < answer.thresholds["0.01"]


def test_an_upload_that_does_not_exist(compare, photos, uploaded):
    assert compare("oss://{}:{}/none.jpg".format(*uploaded), f"{photos}/obama.jpg").code == "InvalidParam.ImageNotFound"


@pytest.mark.parametrize("path", ["somebody-else/a.jpg", "somebody-else/none.jpg", "a.jpg"])
def test_an_upload_of_another_client(compare, photos, uploaded, path):
    bucket, _ = uploaded
    assert compare(f"oss://{bucket}:{path}", f"{photos}/obama.jpg").code == "Error.NoPermissionAccess"
