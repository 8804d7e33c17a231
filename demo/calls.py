"""CompareFaces by the official Python SDK, as a user's program calls it."""

import base64
import json
from dataclasses import dataclass
from xml.etree import ElementTree

from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client was told: a code, and for a success the score and the thresholds by false-match rate."""

    code: str
    score: float | None = None
    thresholds: dict[str, float] | None = None


def compare(client: AcsClient, endpoint: str, source: bytes, target: bytes, form: str) -> Answer:
    """One call in `form`, JSON or XML."""
    request = CompareFacesRequest()
    request.set_endpoint(endpoint)
    request.set_accept_format(form)
    request.set_SourceImageType("FacePic")
    request.set_SourceImageValue(_inline(source))
    request.set_TargetImageType("FacePic")
    request.set_TargetImageValue(_inline(target))
    try:
        body = client.do_action_with_exception(request).decode()
    except ServerException as error:
        # This client cannot read errors in XML, of whatever server: it hands on the body as the message.
        code = error.get_error_code() if form == "JSON" else _between(error.get_error_msg(), "<Code>", "</Code>")
        return Answer(code)
    return _from_json(body) if form == "JSON" else _from_xml(body)


def _inline(image: bytes) -> str:
    return "base64://" + base64.b64encode(image).decode()


def _from_json(body: str) -> Answer:
    answer = json.loads(body)
    return _answer(answer["Code"], answer["Data"]["SimilarityScore"], answer["Data"]["ConfidenceThresholds"])


def _from_xml(body: str) -> Answer:
    root = ElementTree.fromstring(body)
    return _answer(
        root.findtext("Code"), root.findtext("Data/SimilarityScore"), root.findtext("Data/ConfidenceThresholds")
    )


def _answer(code: str, score: float | str, thresholds: str) -> Answer:
    return Answer(code, float(score), {rate: float(value) for rate, value in json.loads(thresholds).items()})


def _between(text: str, left: str, right: str) -> str:
    return text.partition(left)[2].partition(right)[0]
