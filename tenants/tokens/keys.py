"""The keys that sign access tokens: RSA, each with an id, so that they can be rotated."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

RSA_MIN_BITS = 2048
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair; `key_id` is the first 16 hex digits of the public key's SHA-256."""

    key_id: str
    private: RSAPrivateKey
    public: RSAPublicKey


def _load(pem: str, number: int) -> SigningKey:
    expected = f"JWT_PRIVATE_KEYS: expected RSA private keys of {RSA_MIN_BITS} bits or more, without a passphrase"
    try:
        private = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ImproperlyConfigured(f"{expected}; block {number} can't be read: {error}") from error
    if not isinstance(private, RSAPrivateKey):
        raise ImproperlyConfigured(f"{expected}; block {number} is a {type(private).__name__}")
    if private.key_size < RSA_MIN_BITS:
        raise ImproperlyConfigured(f"{expected}; block {number} has {private.key_size} bits")
    public = private.public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(hashlib.sha256(der).hexdigest()[:16], private, public)


@lru_cache(maxsize=4)
def _ring(pems: str) -> tuple[SigningKey, ...]:
    keys = tuple(_load(match[0], number) for number, match in enumerate(_BLOCK.finditer(pems), start=1))
    if not keys:
        raise ImproperlyConfigured("JWT_PRIVATE_KEYS: expected at least one PEM private key, found none")
    return keys


def key_ring() -> tuple[SigningKey, ...]:
    """Every key that verifies; the first one signs.

    Raises:
        ImproperlyConfigured: when there is none, or one is weak.
    """
    return _ring(settings.JWT_PRIVATE_KEYS_PEM)
