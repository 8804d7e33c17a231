"""Forms: how they are parsed, and in how many steps."""

import random
import sys
from urllib.parse import parse_qsl, quote

import pytest

from tests.support import edge
from torture.attacks import floods
from torture.attacks.floods import BODIES, DIALECTS, HEADS
from visage.access.clients import Client, Secret
from visage.api.dialects import forms
from visage.api.security import admission, signatures
from visage.errors import Reason, VisageError

KNOWN = Client("LTAIknown", "known", (Secret("secret"),))


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&b=2", b"a=&b", b"&&a=1&", b"a=1=2==", b"=1", b"a+b=c+d%2B%2b", b"%e6%b1%89=%E6%B1%89", "汉=汉".encode(),
        b"a=%", b"a=%4", b"a=%zz%41", b"a=%%41", b"a=%=41", b"a=%=", b"a=%\n41", b"a=%\r\n%41", b"a=%41\n%42\r\n",
        b"a=%3D%25", b"a=%00&b=\0", b"a==41", b"a=%3d41", b"a=_%5F_", b"a=%C3%A9=\n", b"a=" + b"=" * 20_000,
    ],
)  # fmt: skip
def test_a_form_is_read_as_other_parsers_read_it(body):
    expected = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    assert forms.fields(body) == tuple(expected)


def test_forms_of_all_kinds_are_read_as_urllib_reads_them():
    chance = random.Random(5)
    pieces = ["x", "=", "%", "+", "&", "%4", "%41", "%3D", "%26", "%25", "\n", "\r", "/", "汉", "%0a", "41", "Z"]
    for _ in range(3_000):
        text = "".join(chance.choices(pieces, k=chance.randint(0, 12)))
        assert forms.fields(text.encode()) == tuple(parse_qsl(text, keep_blank_values=True)), text


@pytest.mark.parametrize("body", [b"a=\xff", b"a=%ff%fe", b"%ff=1", b"&".join([b"a=1"] * 101), b"&" * 100])
def test_invalid_forms_are_malformed(body):
    with pytest.raises(VisageError) as raised:
        forms.fields(body)
    assert raised.value.reason is Reason.BODY_MALFORMED


@pytest.mark.parametrize(
    ("body", "action"),
    [(b"a=1&Action=Compare%46aces&Action=2", "CompareFaces"), (b"%41ction=x", "x"), (b"a=Action", ""), (b"", "")],
)
def test_one_field_is_found_among_others(body, action):
    assert forms.first(body, "Action") == action


def test_all_but_unreserved_characters_are_escaped():
    text = "".join(map(chr, range(256))) + "汉%2F+ /=\r\n" * 3
    assert forms.encode(text).decode() == quote(text, safe="-._~")
    assert forms.encode(text, b"%25").decode() == quote(quote(text, safe="-._~"), safe="")


def test_more_reserved_characters_than_an_address_has_are_malformed():
    assert forms.encode("/" * 100_000 + "!" * 60_000).count(b"%21") == 60_000
    with pytest.raises(VisageError) as raised:
        forms.encode("!" * 100_000)
    assert raised.value.reason is Reason.BODY_MALFORMED


@pytest.mark.slow
def test_a_form_of_6_mb_that_escapes_what_it_must_can_be_signed():
    event_bytes = 6 * 2**20
    for text in ("/" * (event_bytes // 3), "+A" * (event_bytes // 4), "QUJD+/8=" * (event_bytes // 14)):
        assert len(quote(text, safe="")) <= event_bytes
        assert forms.encode(text, b"%25").decode() == quote(quote(text, safe=""), safe="")


def test_a_form_that_grows_beyond_that_is_malformed():
    with pytest.raises(VisageError) as raised:
        forms.encode("/" * 3_000_000, b"%25")
    assert raised.value.reason is Reason.BODY_MALFORMED


# --- floods -----------------------------------------------------------------------------------------------------------


class Keys:
    def find(self, key_id, *, fresh=False):
        return KNOWN if key_id == KNOWN.id else None


def calls(event) -> int:
    """How many functions, of Python and of C, handling an event calls."""
    count = 0

    def profile(_frame, kind, _argument):
        nonlocal count
        count += kind in ("call", "c_call")

    handler = edge.handler if event["path"] == "/" else edge.green_read
    sys.setprofile(profile)
    try:
        response = handler(event, None)
    finally:
        sys.setprofile(None)
    assert response["statusCode"] in (400, 404), response
    return count


@pytest.fixture
def keys(deployment, monkeypatch):
    monkeypatch.setattr(admission, "clients", Keys)
    monkeypatch.setattr(floods, "BODY", 600_000)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("body", [name for name in BODIES if name != "nothing"])
def test_a_large_body_costs_an_unknown_key_little_more_than_an_empty_one(dialect, body, keys, monkeypatch):
    monkeypatch.setattr(signatures, "encode", None)  # nothing is written for a key that is not known
    monkeypatch.setattr(signatures.hashlib, "md5", None)
    monkeypatch.setattr(signatures.hashlib, "sha256", None)
    build = DIALECTS[dialect]
    drop = calls(build("LTAInobody", BODIES["nothing"]()))
    assert calls(build("LTAInobody", BODIES[body]())) < drop + 2_000


@pytest.mark.parametrize("head", HEADS)
def test_as_many_headers_as_the_gateway_lets_through_cost_little(head, keys):
    assert calls(HEADS[head]("LTAInobody")) < 40_000


@pytest.mark.parametrize("body", ["slashes in one field", "base64", "every reserved character", "escaped slashes"])
def test_a_string_to_sign_is_written_in_few_steps_too(body, keys):
    assert calls(DIALECTS["RPC"](KNOWN.id, BODIES[body]())) < 140_000


def test_an_unknown_key_is_reported_whatever_the_parameters(keys):
    for build in DIALECTS.values():
        event = build("LTAInobody", "a=base64://QUJD")
        handler = edge.handler if event["path"] == "/" else edge.green_read
        assert edge.call(event, handler)[1]["Code"] == "InvalidAccessKeyId.NotFound"


def test_a_wrong_signature_is_computed_once(keys, monkeypatch):
    written = []
    encode = signatures.encode
    monkeypatch.setattr(signatures, "encode", lambda text, *mark: written.append(text) or encode(text, *mark))
    assert edge.code(DIALECTS["RPC"](KNOWN.id, "a=once")) == (400, "SignatureDoesNotMatch")
    assert written.count("once") == 1
