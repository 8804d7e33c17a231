"""Compare, detect, enrol and search with the classic SDK: aliyun-python-sdk-cloudauth and -green.

    VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… python classic.py one.jpg another.jpg
"""

import base64
import json
import os
import sys

from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkgreen.request.v20180509.AddFacesRequest import AddFacesRequest
from aliyunsdkgreen.request.v20180509.AddPersonRequest import AddPersonRequest
from aliyunsdkgreen.request.v20180509.DeletePersonRequest import DeletePersonRequest
from aliyunsdkgreen.request.v20180509.DetectFaceRequest import DetectFaceRequest
from aliyunsdkgreen.request.v20180509.ImageSyncScanRequest import ImageSyncScanRequest

ENDPOINT = os.environ["VISAGE_ENDPOINT"]  # with its scheme: http://127.0.0.1:3000, https://d111111abcdef8.cloudfront.net
client = AcsClient(os.environ["VISAGE_KEY_ID"], os.environ["VISAGE_KEY_SECRET"], "cn-hangzhou", timeout=10)


def inline(path: str) -> str:
    with open(path, "rb") as file:
        return "base64://" + base64.b64encode(file.read()).decode()


def compare(one: str, another: str) -> dict:
    request = CompareFacesRequest()
    request.set_endpoint(ENDPOINT)
    request.set_accept_format("JSON")
    request.set_SourceImageType("FacePic")
    request.set_SourceImageValue(inline(one))
    request.set_TargetImageType("FacePic")
    request.set_TargetImageValue(inline(another))
    return json.loads(client.do_action_with_exception(request))["Data"]


def green(request, body: dict) -> dict:
    """Answers the data, or raises what the service says was wrong."""
    request.set_endpoint(ENDPOINT)
    request.set_accept_format("JSON")
    request.set_content(json.dumps(body).encode())
    answer = json.loads(client.do_action_with_exception(request))
    if answer["code"] != 200:
        raise RuntimeError(f"{answer['code']}: {answer['msg']}")
    return answer["data"]


def main(one: str, another: str) -> None:
    compared = compare(one, another)
    thresholds = json.loads(compared["ConfidenceThresholds"])
    same = compared["SimilarityScore"] >= float(thresholds["0.001"])
    print(f"compare: {compared['SimilarityScore']:.2f}, {'the same person' if same else 'two people'}")

    (face, *_) = green(DetectFaceRequest(), {"url": inline(one)})["faces"]
    smile, glasses, hair = (face[name]["value"] for name in ("smile", "glasses", "hairstyle"))
    print(f"detect: smile {smile:.2f}, glasses {glasses}, {hair}")

    green(AddPersonRequest(), {"personId": "sample-python", "groupIds": ["samples-python"], "name": "Sample"})
    try:
        green(AddFacesRequest(), {"personId": "sample-python", "urls": [inline(one)]})
        task = {"url": inline(another), "extras": {"groupId": "samples-python"}}
        (scanned,) = green(ImageSyncScanRequest(), {"scenes": ["sface-n"], "tasks": [task]})
        (result,) = scanned["results"]
        found = result["topPersonData"][0]["persons"][0]
        print(f"search: {result['label']}, {found['personId']}, {result['rate']:.2f}")
    finally:
        green(DeletePersonRequest(), {"personId": "sample-python"})

    try:
        compare(one, os.devnull)
    except ServerException as error:
        print(f"refused: {error.get_error_code()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
