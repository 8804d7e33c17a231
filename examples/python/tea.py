"""Compare, detect, enrol and search with the Tea SDK: alibabacloud-cloudauth20190307 and alibabacloud-tea-openapi.

    VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… python tea.py one.jpg another.jpg

The Tea package of Green has no bodies for its face operations; Tea's core, on which it stands, sends them.
"""

import base64
import json
import os
import sys

from alibabacloud_cloudauth20190307.client import Client
from alibabacloud_cloudauth20190307.models import CompareFacesRequest
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from darabonba.exceptions import DaraException

SCHEME, _, HOST = os.environ["VISAGE_ENDPOINT"].partition("://")
client = Client(
    Config(
        access_key_id=os.environ["VISAGE_KEY_ID"],
        access_key_secret=os.environ["VISAGE_KEY_SECRET"],
        endpoint=HOST,
        protocol=SCHEME.upper(),
    )
)
runtime = RuntimeOptions(read_timeout=10_000)


def inline(path: str) -> str:
    with open(path, "rb") as file:
        return "base64://" + base64.b64encode(file.read()).decode()


def compare(one: str, another: str):
    request = CompareFacesRequest(
        source_image_type="FacePic",
        source_image_value=inline(one),
        target_image_type="FacePic",
        target_image_value=inline(another),
    )
    return client.compare_faces_with_options(request, runtime).body.data


def green(action: str, path: str, body: dict) -> dict:
    params = Params(
        action=action, version="2018-05-09", protocol=SCHEME.upper(), pathname=path, method="POST",
        auth_type="AK", style="ROA", req_body_type="json", body_type="json",
    )  # fmt: skip
    answer = client.call_api(params, OpenApiRequest(body=body), runtime)["body"]
    if answer["code"] != 200:
        raise RuntimeError(f"{answer['code']}: {answer['msg']}")
    return answer["data"]


def main(one: str, another: str) -> None:
    compared = compare(one, another)
    same = compared.similarity_score >= float(json.loads(compared.confidence_thresholds)["0.001"])
    print(f"compare: {compared.similarity_score:.2f}, {'the same person' if same else 'two people'}")

    (face, *_) = green("DetectFace", "/green/face/detect", {"url": inline(one)})["faces"]
    smile, glasses, hair = (face[name]["value"] for name in ("smile", "glasses", "hairstyle"))
    print(f"detect: smile {smile:.2f}, glasses {glasses}, {hair}")

    person = {"personId": "sample-tea"}
    green("AddPerson", "/green/sface/person/add", {**person, "groupIds": ["samples-tea"], "name": "Sample"})
    try:
        green("AddFaces", "/green/sface/face/add", {**person, "urls": [inline(one)]})
        task = {"url": inline(another), "extras": {"groupId": "samples-tea"}}
        (scanned,) = green("ImageSyncScan", "/green/image/scan", {"scenes": ["sface-n"], "tasks": [task]})
        (result,) = scanned["results"]
        found = result["topPersonData"][0]["persons"][0]
        print(f"search: {result['label']}, {found['personId']}, {result['rate']:.2f}")
    finally:
        green("DeletePerson", "/green/sface/person/delete", person)

    try:
        compare(one, os.devnull)
    except DaraException as error:
        print(f"refused: {error.code}")


if __name__ == "__main__":
    main(*sys.argv[1:])
