"""What the official client receives when the deployment itself is broken."""

import hashlib
import shutil

import boto3
import pytest
from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

from local.stack import ROOT, TEMPLATE, serve


@pytest.fixture
def bundle(tmp_path):
    """A copy of the bundle to break: its code, and its own models."""
    shutil.copy(TEMPLATE, tmp_path)
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shutil.copytree(ROOT / ".build" / "models", tmp_path / ".build" / "models")
    return tmp_path


@pytest.fixture
def stack(bundle):
    with serve(port=0, state=bundle / "state", template_file=bundle / "template.yaml") as running:
        yield running


def refusal(stack, images):
    request = CompareFacesRequest()
    request.set_endpoint(stack.url)
    request.set_SourceImageType("FacePic")
    request.set_SourceImageValue(images["person"])
    request.set_TargetImageType("FacePic")
    request.set_TargetImageValue(images["same"])
    with pytest.raises(ServerException) as refused:
        AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou").do_action_with_exception(request)
    return refused.value.get_http_status(), refused.value.get_error_code()


def test_a_calibration_that_cannot_be_read_fails_the_comparison(bundle, stack, images):
    models = bundle / ".build" / "models"
    sound = hashlib.sha256((models / "calibration.json").read_bytes()).hexdigest()
    (models / "calibration.json").write_text("{}")
    broken = hashlib.sha256(b"{}").hexdigest()
    (models / "manifest.toml").write_text((models / "manifest.toml").read_text().replace(sound, broken))
    assert refusal(stack, images) == (500, "Error.CompareFacesError")


def test_a_model_that_is_not_the_manifests_is_never_used(bundle, stack, images):
    with (bundle / ".build" / "models" / "centerface.onnx").open("ab") as model:
        model.write(b"\0")
    assert refusal(stack, images) == (500, "Error.InternalError")


def test_a_missing_table_is_an_internal_error(stack, images):
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    dynamodb = boto3.client("dynamodb", endpoint_url=stack.endpoint, region_name="us-east-1", **keys)
    for table in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=table)
    assert refusal(stack, images) == (500, "Error.InternalError")
