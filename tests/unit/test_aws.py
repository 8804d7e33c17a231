"""Clients of AWS: what a cold start is spared for them."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from visage import aws

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fresh(monkeypatch):
    """No client yet, in some region."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "eu-central-1")
    monkeypatch.setattr(aws, "session", aws.session.__wrapped__)
    return aws.client.__wrapped__


def test_a_client_is_of_the_service_that_was_asked_for(fresh):
    assert fresh("ssm").meta.service_model.service_name == "ssm"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_goes_on_as_before(fresh, enabled):
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        fresh("ssm")
        with pytest.raises(Exception, match="no-such-service"):
            fresh("no-such-service")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("function", ["get_groups", "delete_groups"])
def test_an_operation_without_faces_imports_nothing_for_them_and_no_transfers(function):
    code = f"import {function}.app, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    path = f"{ROOT / 'functions'}:{ROOT / 'layers/visage/python'}"
    names = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"visage", "botocore"} <= set(names)
    assert not {"numpy", "onnxruntime", "PIL", "boto3", "s3transfer"} & set(names)
