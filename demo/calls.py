"""CompareFaces through the official Python SDK, as a user's program calls it."""

import base64
import json
from dataclasses import dataclass
from xml.etree import ElementTree

from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest
from aliyunsdkcore.client import AcsClient


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a client: a code and, on success, the score and the thresholds by FMR."""

    code: str
    score: float | None = None
    thresholds: dict[str, float] | None = None


def compare(client: AcsClient, endpoint: str, source: bytes, target: bytes, form: str) -> Answer:
    """Compare two inline images; `form` is JSON or XML."""
    return call_compare_faces(client, endpoint, inline(source), inline(target), form)


def call_compare_faces(client: AcsClient, endpoint: str, source: str, target: str, form: str) -> Answer:
    """Call CompareFaces with two image values: URLs, or images in base64."""
    request = CompareFacesRequest()
    request.set_endpoint(endpoint)
    request.set_accept_format(form)
    request.set_SourceImageType("FacePic")
    request.set_SourceImageValue(source)
    request.set_TargetImageType("FacePic")
    request.set_TargetImageValue(target)
    _status, _headers, body = client.get_response(request)
    return _from_json(body) if form == "JSON" else _from_xml(body)


def inline(image: bytes) -> str:
    return "base64://" + base64.b64encode(image).decode()


def _from_json(body: bytes) -> Answer:
    answer = json.loads(body)
    data = answer.get("Data", {})
    return _answer(answer["Code"], data.get("SimilarityScore"), data.get("ConfidenceThresholds"))


def _from_xml(body: bytes) -> Answer:
    root = ElementTree.fromstring(body)
    data = (root.findtext("Data/SimilarityScore"), root.findtext("Data/ConfidenceThresholds"))
    return _answer(root.findtext("Code"), *data)


def _answer(code: str, score: float | str | None, thresholds: str | None) -> Answer:
    if score is None or thresholds is None:
        return Answer(code)
    return Answer(code, float(score), {rate: float(value) for rate, value in json.loads(thresholds).items()})
