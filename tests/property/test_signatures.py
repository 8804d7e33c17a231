"""A captured request with one signed byte changed is refused."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests import captured
from visage.api.request import Request
from visage.api.rpc import RpcCall
from visage.api.signatures import read_claim
from visage.errors import VisageError

REQUESTS = {name: captured.read(name) for name in captured.names()}
CHARACTERS = st.sampled_from("abcXYZ019-_.~+/=&%:{}\"é ")


def accepted(changed: captured.Captured) -> bool:
    try:
        request = Request.from_event(changed.event())
        parameters = RpcCall.read(request).parameters if request.path == "/" else request.query
        claim = read_claim(request, parameters)
    except VisageError:
        return False
    return any(claim.proved_by(secret) for secret in captured.SECRETS.values())


def change(draw, text: str) -> str:
    """`text` with one character replaced, or one added to an empty one."""
    character = draw(CHARACTERS)
    if not text:
        return character
    index = draw(st.integers(0, len(text) - 1))
    assume(text[index] != character)
    return text[:index] + character + text[index + 1 :]


def signed_headers(request: captured.Captured) -> list[int]:
    """Indexes of the headers that this request's signature covers."""
    authorization = request.header("authorization") or ""
    if authorization.startswith("ACS3"):
        covered = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    elif authorization.startswith("acs "):
        acs = [name.lower() for name, _ in request.headers if name.lower().startswith("x-acs-")]
        covered = ["accept", "content-type", "date", *acs]
    else:
        covered = []
    # API Gateway hands on header values without the spaces around them.
    return [index for index, (name, _) in enumerate(request.headers) if name.lower() in covered]


@st.composite
def changed_requests(draw):
    request = REQUESTS[draw(st.sampled_from(sorted(REQUESTS)))]
    headers = signed_headers(request)
    parts = ["method"] + ["query"] * bool(request.query) + ["header"] * bool(headers) + ["body"] * bool(request.body)
    match draw(st.sampled_from(parts)):
        case "method":
            return replace(request, method=draw(st.sampled_from(sorted({"GET", "POST", "PUT"} - {request.method}))))
        case "query":
            index = draw(st.integers(0, len(request.query) - 1))
            name, value = request.query[index]
            renamed = draw(st.booleans())
            return request.with_query(index, (change(draw, name), value) if renamed else (name, change(draw, value)))
        case "header":
            index = draw(st.sampled_from(headers))
            name, value = request.headers[index]
            changed = change(draw, value)
            assume(changed.strip() != value.strip())
            return request.with_header(index, (name, changed))
        case _:
            index = draw(st.integers(0, len(request.body) - 1))
            byte = draw(st.integers(0, 255))
            body = request.body[:index] + bytes([byte]) + request.body[index + 1 :]
            changed = replace(request, body=body)
            assume(changed.event()["body"] != request.event()["body"])
            if request.path == "/" and not request.header("authorization"):
                # RPC signs the form's fields, not its bytes: %2b and %2B are one field.
                assume(fields(changed) != fields(request))
            return changed


def fields(request: captured.Captured) -> object:
    try:
        return Request.from_event(request.event()).form()
    except VisageError:
        return None


@settings(max_examples=2000)
@given(changed_requests())
def test_one_changed_byte_is_refused(changed):
    assert not accepted(changed)
