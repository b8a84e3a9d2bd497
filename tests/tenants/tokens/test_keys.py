"""The ring of signing keys: rotation signs nobody out, weak keys stop the process."""

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured

from config.kernel.errors import TokenInvalid
from tenants.tokens import access
from tenants.tokens.access import issue_access, verify_access
from tenants.tokens.keys import key_ring
from tests.factories.tokens import pem, rsa_key


def _token() -> str:
    access._verified.clear()
    return issue_access(user_id=uuid4(), tenant="acme", role="member", session_id=uuid4())[0]


def _verifies(raw: str) -> bool:
    access._verified.clear()
    try:
        verify_access(raw)
    except TokenInvalid:
        return False
    return True


def test_keys_are_rotated_without_signing_anyone_out(settings) -> None:
    old, new = pem(rsa_key(1)), pem(rsa_key(2))
    settings.JWT_PRIVATE_KEYS_PEM = old
    before = _token()

    settings.JWT_PRIVATE_KEYS_PEM = old + new  # every process learns the new key first
    assert _verifies(before)
    settings.JWT_PRIVATE_KEYS_PEM = new + old  # then it signs
    after = _token()
    assert _verifies(before)
    assert _verifies(after)
    settings.JWT_PRIVATE_KEYS_PEM = new  # and once the old tokens are past their time, the old key goes
    assert _verifies(after)
    assert not _verifies(before)


def test_the_first_key_signs_and_its_id_is_of_the_public_key(settings) -> None:
    settings.JWT_PRIVATE_KEYS_PEM = pem(rsa_key(1)) + "\n" + pem(rsa_key(2))
    first, second = key_ring()

    assert first.private.private_numbers() == rsa_key(1).private_numbers()
    assert first.key_id != second.key_id
    assert len(first.key_id) == 16


def test_a_key_in_openssls_older_form_is_read(settings) -> None:
    settings.JWT_PRIVATE_KEYS_PEM = (
        rsa_key(1)
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        .decode()
    )

    assert key_ring()[0].private.private_numbers() == rsa_key(1).private_numbers()


def _elliptic() -> str:
    return pem(ec.generate_private_key(ec.SECP256R1()))


def _locked() -> str:
    return (
        rsa_key(1)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
        .decode()
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: "", "found none"),
        (lambda: "not a key", "found none"),
        (lambda: pem(rsa_key(3, 1024)), "block 1 has 1024 bits"),
        (lambda: pem(rsa_key(1)) + pem(rsa_key(3, 1024)), "block 2 has 1024 bits"),
        (_elliptic, "block 1 is a"),
        (_locked, "block 1 can't be read"),
        (lambda: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "block 1 can't be read"),
    ],
    ids=["empty", "text", "weak", "second weak", "elliptic", "locked", "garbage"],
)
def test_keys_that_do_not_fit_are_refused_with_what_was_expected(settings, make, says) -> None:
    settings.JWT_PRIVATE_KEYS_PEM = make()

    with pytest.raises(ImproperlyConfigured, match=says):
        key_ring()
