"""Small secrets at rest: encrypted by Fernet under a key that is drawn from `SECRET_KEY`.

Former keys in `SECRET_KEY_FALLBACKS` still open what they sealed.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

_INFO = b"tenants.sealed.v1"


class Unreadable(Exception):
    """Something that none of the present keys sealed."""


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_drawn(force_bytes(key)))) for key in keys])


def _drawn(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(key)


def seal(secret: bytes) -> str:
    """The secret, encrypted and signed."""
    return _box().encrypt(secret).decode("ascii")


def unseal(sealed: str) -> bytes:
    """The secret.

    Raises:
        Unreadable: when no present key opens it.
    """
    try:
        return _box().decrypt(sealed.encode("ascii"))
    except InvalidToken as error:
        raise Unreadable("expected a secret sealed under SECRET_KEY or one of SECRET_KEY_FALLBACKS") from error
