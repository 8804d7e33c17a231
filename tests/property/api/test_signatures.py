"""A captured request with one signed byte changed, added or removed is refused."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import captured
from tests.support.effort import examples
from visage.api.dialects.request import Request
from visage.errors import VisageError

REQUESTS = {name: captured.read(name) for name in captured.names()}
CHARACTERS = st.sampled_from("abcXYZ019-_.~+/=&%:{}\"é ")


def accepted(request: captured.Captured) -> bool:
    try:
        claim = captured.claim(request)
    except VisageError:
        return False
    secret = captured.SECRETS.get(claim.key_id)
    return secret is not None and claim.proved_by(secret)


def change(draw, text: str) -> str:
    """`text` with one character replaced, or one added to an empty text."""
    character = draw(CHARACTERS)
    if not text:
        return character
    index = draw(st.integers(0, len(text) - 1))
    assume(text[index] != character)
    return text[:index] + character + text[index + 1 :]


def signed_headers(request: captured.Captured) -> list[int]:
    """Indexes of the headers covered by this request's signature, and of the one that contains it."""
    authorization = request.header("authorization") or ""
    if authorization.startswith("ACS3"):
        covered = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    elif authorization.startswith("acs "):
        acs = [name.lower() for name, _ in request.headers if name.lower().startswith("x-acs-")]
        covered = ["accept", "content-type", "date", *acs]
    else:
        covered = []
    covered.append("authorization")
    return [index for index, (name, _) in enumerate(request.headers) if name.lower() in covered]


def change_path(draw, request):
    assume(request.path != "/")
    return replace(request, path="/" + change(draw, request.path[1:]))


def change_method(draw, request):
    return replace(request, method=draw(st.sampled_from(sorted({"GET", "POST", "PUT"} - {request.method}))))


def change_query(draw, request):
    assume(request.query)
    index = draw(st.integers(0, len(request.query) - 1))
    name, value = request.query[index]
    pair = draw(st.sampled_from([(change(draw, name), value), (name, change(draw, value))]))
    return replace(request, query=(*request.query[:index], pair, *request.query[index + 1 :]))


def drop_parameter(draw, request):
    assume(request.query)
    index = draw(st.integers(0, len(request.query) - 1))
    # PHP signs no empty value, so whether one is there makes no difference.
    assume(request.query[index][1])
    return replace(request, query=request.query[:index] + request.query[index + 1 :])


def add_parameter(draw, request):
    return replace(request, query=(*request.query, ("Added", draw(st.sampled_from(["1", "x=y", "é"])))))


def change_header(draw, request):
    headers = signed_headers(request)
    assume(headers)
    index = draw(st.sampled_from(headers))
    name, value = request.headers[index]
    changed = change(draw, value)
    assume(changed.strip() != value.strip())  # API Gateway hands on values without the spaces around them
    return replace(request, headers=(*request.headers[:index], (name, changed), *request.headers[index + 1 :]))


def drop_header(draw, request):
    headers = signed_headers(request)
    assume(headers)
    index = draw(st.sampled_from(headers))
    return replace(request, headers=request.headers[:index] + request.headers[index + 1 :])


def add_acs_header(draw, request):
    assume(request.header("authorization"))
    return replace(request, headers=(*request.headers, ("x-acs-added", draw(st.sampled_from(["", "1"])))))


def change_body(draw, request):
    assume(request.body)
    index = draw(st.integers(0, len(request.body) - 1))
    body = request.body[:index] + bytes([draw(st.integers(0, 255))]) + request.body[index + 1 :]
    changed = replace(request, body=body)
    assume(changed.event()["body"] != request.event()["body"])
    if not request.header("authorization"):
        # RPC v1 signs the form's fields, not its bytes: %2b and %2B are one field.
        assume(fields(changed) != fields(request))
    return changed


def add_body(draw, request):
    # With a nonce an unsigned body is PHP's way; the nonce keeps it from being added to a request sent before.
    assume(not request.body and not (request.path != "/" and request.header("x-acs-signature-nonce")))
    form = ("Content-Type", "application/x-www-form-urlencoded")
    return replace(request, body=draw(st.sampled_from([b"a=b", b"Biz=y", b"{}"])), headers=(*request.headers, form))


@st.composite
def changed_requests(draw):
    request = REQUESTS[draw(st.sampled_from(sorted(REQUESTS)))]
    changes = [
        change_path, change_method, change_query, drop_parameter, add_parameter,
        change_header, drop_header, add_acs_header, change_body, add_body,
    ]  # fmt: skip
    return draw(st.sampled_from(changes))(draw, request)


def fields(request: captured.Captured) -> object:
    try:
        return Request.from_event(request.event()).form()
    except VisageError:
        return None


@settings(max_examples=examples(500))
@given(changed_requests())
def test_a_changed_request_is_refused(changed):
    assert not accepted(changed)
