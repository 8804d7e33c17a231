"""Faces and searches by the official Python client of Green, against the running stack, over HTTP."""

import base64
import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from aliyunsdkcore.client import AcsClient
from aliyunsdkgreen.request.v20180509.AddFacesRequest import AddFacesRequest
from aliyunsdkgreen.request.v20180509.AddPersonRequest import AddPersonRequest
from aliyunsdkgreen.request.v20180509.DeleteFacesRequest import DeleteFacesRequest
from aliyunsdkgreen.request.v20180509.DeleteGroupsRequest import DeleteGroupsRequest
from aliyunsdkgreen.request.v20180509.DeletePersonRequest import DeletePersonRequest
from aliyunsdkgreen.request.v20180509.GetFacesRequest import GetFacesRequest
from aliyunsdkgreen.request.v20180509.GetPersonRequest import GetPersonRequest
from aliyunsdkgreen.request.v20180509.ImageSyncScanRequest import ImageSyncScanRequest
from aliyunsdkgreen.request.v20180509.SearchPersonRequest import SearchPersonRequest
from PIL import Image

from tests.conftest import ROOT
from tests.support.green import Refused, data_of

AT_ONCE = 4
"""Requests at the same time: each is answered by a container of its own."""


@pytest.fixture
def call(stack, keys):
    """Call an operation with the classic client; return its data."""

    def call(request, **body):
        request.set_endpoint(stack.url)
        request.set_accept_format("JSON")
        request.set_content(json.dumps(body).encode())
        return data_of(json.loads(AcsClient(*keys, "cn-shanghai").do_action_with_exception(request)))

    return call


@pytest.fixture
def people(call):
    call(AddPersonRequest(), personId="obama", groupIds=["office"], name="Obama", note="44th")
    call(AddPersonRequest(), personId="biden", groupIds=["office", "party"], name="Biden")


def add(call, person, *urls, **body):
    return call(AddFacesRequest(), personId=person, urls=list(urls), **body)["faceImageItems"]


def found(call, url, group="office"):
    """The persons found by concurrent containers, which must agree."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(call, SearchPersonRequest(), url=url, groupId=group) for _ in range(AT_ONCE)]
        answers = [answer.result()[0]["results"][0] for answer in asked]
    assert all(answer == answers[0] for answer in answers)
    return [person["name"] for person in answers[0]["topPersonData"][0]["persons"]], answers[0]["label"]


def test_the_life_of_a_face(call, people, images):
    (item,) = add(call, "obama", images["person"])
    face_id = item["faceId"]
    assert item == {"success": True, "faceId": face_id}
    assert call(GetPersonRequest(), personId="obama")["faceIds"] == [str(face_id)]
    (shown,) = call(GetFacesRequest(), personId="obama", faceIds=[face_id])["faceImageItems"]
    with urllib.request.urlopen(shown["url"], timeout=10) as response:
        assert response.headers["Content-Type"] == "image/jpeg"
        kept = Image.open(io.BytesIO(response.read()))
    sent = Image.open(io.BytesIO(base64.b64decode(images["person"].removeprefix("base64://"))))
    assert np.array_equal(np.asarray(kept), np.asarray(sent)), "the pixels as they were sent"
    assert sent.getexif() and not kept.getexif(), "and nothing of where and when"
    assert call(DeleteFacesRequest(), personId="obama", faceIds=[str(face_id)]) == {
        "code": 200,
        "personId": "obama",
        "faceIds": [str(face_id)],
        "deleteCount": 1,
    }
    with pytest.raises(urllib.error.HTTPError) as gone:
        urllib.request.urlopen(shown["url"], timeout=10)
    assert gone.value.code == 404
    assert call(GetFacesRequest(), personId="obama")["faceImageItems"] == []


def test_a_tampered_link_is_refused(call, people, images):
    add(call, "obama", images["person"])
    (shown,) = call(GetFacesRequest(), personId="obama")["faceImageItems"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(shown["url"].replace("X-Amz-Expires=300", "X-Amz-Expires=3000"), timeout=10)
    assert refused.value.code == 403


def test_every_change_is_seen_by_the_very_next_search_from_any_container(call, people, images):
    assert found(call, images["same"]) == ([], "none")
    (item,) = add(call, "obama", images["person"])
    assert found(call, images["same"]) == (["Obama"], "found")
    add(call, "biden", images["other"])
    assert found(call, images["same"]) == (["Obama", "Biden"], "found")
    assert found(call, images["same"], "party") == (["Biden"], "none")
    call(DeleteFacesRequest(), personId="obama", faceIds=[item["faceId"]])
    assert found(call, images["same"]) == (["Biden"], "none")
    add(call, "obama", images["person"])
    call(DeleteGroupsRequest(), personId="biden", groupIds=["office"])
    assert found(call, images["same"]) == (["Obama"], "found")
    call(DeletePersonRequest(), personId="obama")
    assert found(call, images["same"]) == ([], "none")


def test_a_scan_searches_several_groups(call, people, images):
    add(call, "obama", images["person"])
    tasks = [{"dataId": group, "url": images["same"], "extras": {"groupId": group}} for group in ("office", "party")]
    office, party = call(ImageSyncScanRequest(), scenes=["sface-n"], tasks=tasks)
    (result,) = office["results"]
    (face,) = result["topPersonData"]
    assert (office["code"], office["dataId"], result["scene"], result["label"]) == (200, "office", "sface-n", "found")
    assert result["rate"] == face["persons"][0]["rate"] > result["thresholds"]["0.0001"]
    assert (face["persons"][0]["personId"], face["persons"][0]["note"]) == ("obama", "44th")
    assert party["results"][0]["label"] == "none"


def test_a_scan_compares_two_images(call, images):
    def rate(second):
        task = {"url": images["person"], "extras": {"faceUrl": second}}
        (entry,) = call(ImageSyncScanRequest(), scenes=["sface-1"], tasks=[task])
        return entry["results"][0]["label"]

    assert (rate(images["same"]), rate(images["other"])) == ("same", "different")


def test_a_repeated_call_adds_nothing(call, people, images):
    urls = images["person"], images["nobody"], images["same"]
    first = add(call, "obama", *urls, dataId="upload-7")
    assert [item["success"] for item in first] == [True, False, True]
    assert add(call, "obama", *urls, dataId="upload-7") == first
    assert len(call(GetPersonRequest(), personId="obama")["faceIds"]) == 2


def test_an_image_in_concurrent_calls_becomes_one_face(call, people, images):
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(add, call, "obama", images["person"]) for _ in range(AT_ONCE)]
        items = [answer.result() for answer in asked]
    assert all(item == items[0] for item in items) and items[0][0]["success"] is True
    (shown,) = call(GetFacesRequest(), personId="obama")["faceImageItems"]
    assert urllib.request.urlopen(shown["url"], timeout=10).status == 200


def test_faces_of_unknown_persons(call, images):
    for request, body, expected in [
        (AddFacesRequest(), {"urls": [images["person"]]}, (400, "The person is not exist!")),
        (GetFacesRequest(), {}, (400, "The person is not exist!")),
        (DeleteFacesRequest(), {"faceIds": ["1"]}, (500, "The person is not exist!")),
    ]:
        with pytest.raises(Refused) as refused:
            call(request, personId="nobody", **body)
        assert (refused.value.args[0], refused.value.args[2]) == expected


def test_the_command_line_walks_a_group(stack, keys, call, people, images):
    add(call, "obama", images["person"], images["same"])
    command = [sys.executable, "-m", "cli.main", "reembed", "office", "--library", keys[0], "--local", stack.state]
    walked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert walked.returncode == 0, walked.stderr
    assert "2  already embedded by this model" in walked.stdout and "100 %: 2 of 2 faces" in walked.stderr
