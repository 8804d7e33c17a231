"""The torture's line to AWS: what arrives late is what was sent."""

import time
from contextlib import nullcontext

import pytest
from botocore.exceptions import ClientError

from torture.attacks.line import Line
from visage import aws

KEY = {"Bucket": "visage-uploads", "Key": "acme/a.jpg"}


@pytest.mark.parametrize("kind", ["overtaken", "answer lost", "fails late", "throttles once"])
def test_a_repeated_upload_leaves_the_whole_object(deployment, pauses, kind):
    with Line(0, kind).between() as line, pytest.raises(ClientError) if kind == "fails late" else nullcontext():
        aws.client("s3").put_object(**KEY, Body=b"whole")
    assert aws.client("s3").get_object(**KEY)["Body"].read() == b"whole"
    assert (line.service, line.operation, line.made) == ("s3", "PutObject", 2)


def test_a_late_answer_takes_time_by_the_clock_of_who_waits(deployment, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    with Line(0, "late").between():
        aws.client("s3").put_object(**KEY, Body=b"whole")
        assert time.time() == now + 1.9
    assert time.time() == now
