"""Every captured request of an official client is accepted as it was sent."""

import pytest

from tests.support import captured


def claim_of(name):
    return captured.claim(captured.read(name))


def test_there_are_38_of_them():
    assert len(captured.names()) == 38


@pytest.mark.parametrize("name", captured.names())
def test_the_signature_is_accepted(name):
    claim = claim_of(name)
    assert claim.proved_by(captured.SECRETS[claim.key_id])


@pytest.mark.parametrize("name", captured.names())
def test_another_secret_is_refused(name):
    assert not claim_of(name).proved_by("testAccessKeySecret0123456780")


@pytest.mark.parametrize("name", [name for name in captured.names() if captured.string_to_sign(name)])
def test_the_first_string_to_sign_is_the_clients_own(name):
    assert claim_of(name).expected(10_000_000) == captured.string_to_sign(name)


@pytest.mark.parametrize("name", [name for name in captured.names() if name.lower().endswith("sts")])
def test_a_session_token_is_read(name):
    assert claim_of(name).token == captured.TOKEN
