"""Only public addresses are ever connected to."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

from hypothesis import example, given
from hypothesis import strategies as st

from visage.errors import Reason, VisageError
from visage.media.addresses import is_allowed, is_public
from visage.media.sources import check_address
from visage.media.urls import Url

V4 = st.one_of(
    st.ip_addresses(v=4),
    *(
        st.ip_addresses(network=network)
        for network in ("10.0.0.0/8", "127.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.0.0.0/8", "192.0.0.0/8")
    ),
)
V6 = st.one_of(st.ip_addresses(v=6), st.ip_addresses(network="2000::/3"), st.ip_addresses(network="2000::/7"))


@given(V4)
@example(IPv4Address("255.255.255.255"))
def test_python_agrees_that_a_public_ipv4_address_is_global(address):
    known = address.is_global and not address.is_multicast
    # Ours is stricter in three places: relays of 6to4, one cloud's agent, and all of 192.0.0.0/24.
    stricter = any(
        address in ipaddress.ip_network(network) for network in ("192.88.99.0/24", "168.63.129.16/32", "192.0.0.0/24")
    )
    assert is_public(address) == (known and not stricter)


@given(V6)
def test_python_agrees_that_a_public_ipv6_address_is_global(address):
    if is_public(address):
        assert address.is_global and not address.is_multicast
        assert address.ipv4_mapped is None and address.sixtofour is None and address.teredo is None


@given(V4)
def test_no_form_that_wraps_an_ipv4_address_is_public(address):
    inner = int(address)
    for outer, shift in (
        ("::", 0), ("::ffff:0:0", 0), ("::ffff:0:0:0", 0), ("64:ff9b::", 0), ("64:ff9b:1::", 0), ("2002::", 80),
        ("2001::", 0), ("fe80::5efe:0:0", 0), ("2600::5efe:0:0", 0), ("2600::200:5efe:0:0", 0),
    ):  # fmt: skip
        assert not is_public(IPv6Address(int(IPv6Address(outer)) | inner << shift))


@given(st.one_of(V4, V6), st.integers(1, 65535), st.one_of(V4, V6))
def test_an_exception_opens_itself_and_nothing_else(address, port, private):
    opened = is_allowed(address, port, frozenset({str(private)}))
    assert opened == (address == private or is_allowed(address, port))


def numeric_forms(address: IPv4Address) -> list[str]:
    value, octets = int(address), address.packed
    return [
        str(value),
        hex(value),
        f"0{value:o}",
        ".".join(f"0{octet:o}" for octet in octets),
        ".".join(map(hex, octets)),
        f"{octets[0]}.{value & 0xFFFFFF}",
        f"{octets[0]}.{octets[1]}.{value & 0xFFFF}",
    ]


@given(st.ip_addresses(v=4))
def test_numbers_that_are_read_as_addresses_are_no_hosts(address):
    for form in numeric_forms(address):
        try:
            host = Url.parse(f"http://{form}/").host
        except VisageError as error:
            assert error.reason is Reason.IMAGE_ADDRESS
        else:
            assert host == str(address)


@given(
    st.text(max_size=60),
    st.sampled_from(["", "http://", "https://", "oss://", "base64://", "http://a.test/", "http://["]),
)
@example("０x7f.1", "http://")
@example("a%00.test", "http://")
@example("xn--a", "http://")
@example("ß" * 60, "http://")
def test_any_text_is_an_address_or_refused_as_one(text, prefix):
    try:
        check_address(prefix + text)
    except VisageError as error:
        assert error.reason is Reason.IMAGE_ADDRESS


@given(st.text(max_size=60), st.sampled_from(["http://a.test/", "http://", "https://a.test:81/b/?"]))
def test_what_is_requested_can_neither_end_a_line_nor_change_when_read_again(text, prefix):
    try:
        url = Url.parse(prefix + text)
    except VisageError:
        return
    sent = f"{url.target}{url.authority}"
    assert sent.isascii() and sent.isprintable() and " " not in sent
    assert Url.parse(str(url)) == url


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_location_header_leads_to_a_web_address_or_is_refused(location):
    try:
        assert Url.parse("http://a.test/b").join(location).scheme in ("http", "https")
    except VisageError as error:
        assert error.reason is Reason.IMAGE_ADDRESS
