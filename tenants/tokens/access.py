"""Access tokens: SimpleJWT's token over RSA keys with a key id, and the claims of the API contract."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

import jwt
from cachetools import TTLCache
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken
from uuid_utils.compat import uuid7

from config.kernel.errors import TokenExpired, TokenInvalid
from tenants.tokens.keys import key_ring

TOKEN_MAX_CHARACTERS = 4096
REQUIRED_CLAIMS = ("sub", "tenant", "role", "sid", "jti", "iat", "exp", "iss", "aud")

# Checking one RSA signature costs as much as the rest of a small request; the same token comes many times.
# The process remembers what it verified, by the token itself, and checks the expiry each time. Only tokens of ours
# get in, so a stranger can't fill it.
_verified: TTLCache[str, "Claims"] = TTLCache(4096, 300)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Claims:
    """A verified token's content; the times are seconds since 1970."""

    user_id: UUID
    tenant: str
    role: str
    session_id: UUID
    token_id: str
    issued_at: int
    expires_at: int


class StudioAccessToken(AccessToken):
    """SimpleJWT's access token, encoded with the first key of the ring and its id in the header."""

    def __str__(self) -> str:
        key = key_ring()[0]
        return jwt.encode(self.payload, key.private, algorithm="RS256", headers={"kid": key.key_id})


def issue_access(
    *,
    user_id: UUID,
    tenant: str,
    role: str,
    session_id: UUID,
    now: datetime | None = None,
    ends_at: datetime | None = None,
    token_id: str | None = None,
) -> tuple[str, int]:
    """A signed access token for one person in one organisation (`tenant` is its slug), and its life in seconds.

    It never outlives `ends_at`. The same arguments, `now` and `token_id` included, make the same token byte for byte.
    """
    issued_at = int((now or timezone.now()).timestamp())
    life: timedelta = settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"]
    expires_at = issued_at + int(life.total_seconds())
    if ends_at is not None:
        expires_at = min(expires_at, int(ends_at.timestamp()))
    token = StudioAccessToken()
    token.payload = {
        "token_type": "access",
        "sub": str(user_id),
        "tenant": tenant,
        "role": role,
        "sid": str(session_id),
        "jti": token_id or uuid7().hex,
        "iat": issued_at,
        "exp": expires_at,
        "iss": settings.SIMPLE_JWT["ISSUER"],
        "aud": settings.SIMPLE_JWT["AUDIENCE"],
    }
    return str(token), expires_at - issued_at


def _decode(raw: str) -> dict[str, Any]:
    """The verified payload; algorithm, key, issuer, audience and times are all checked."""
    try:
        key_id = jwt.get_unverified_header(raw).get("kid")
        key = next((key for key in key_ring() if key.key_id == key_id), None)
        if key is None:
            raise TokenInvalid
        payload: dict[str, Any] = jwt.decode(
            raw,
            key.public,
            algorithms=["RS256"],
            issuer=settings.SIMPLE_JWT["ISSUER"],
            audience=settings.SIMPLE_JWT["AUDIENCE"],
            # A token signed a moment ago on a machine whose clock is ahead is still ours: `iat` decides nothing.
            options={"require": list(REQUIRED_CLAIMS), "verify_iat": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenInvalid from error
    if payload.get("token_type") != "access":
        raise TokenInvalid
    return payload


def _claims(payload: dict[str, Any]) -> Claims:
    """The typed claims.

    Raises:
        TokenInvalid: when a claim is not of its type.
    """
    try:
        return Claims(
            user_id=UUID(payload["sub"]),
            tenant=str(payload["tenant"]),
            role=str(payload["role"]),
            session_id=UUID(payload["sid"]),
            token_id=str(payload["jti"]),
            issued_at=int(payload["iat"]),
            expires_at=int(payload["exp"]),
        )
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise TokenInvalid from error


def verify_access(raw: str) -> Claims:
    """The claims of an access token.

    Raises:
        TokenExpired: from the second of its expiry on.
        TokenInvalid: anything else that is not a token of ours.
    """
    if len(raw) > TOKEN_MAX_CHARACTERS:
        raise TokenInvalid
    with _lock:
        known = _verified.get(raw)
    if known is None:
        known = _claims(_decode(raw))
        with _lock:
            _verified[raw] = known
    if known.expires_at <= time.time():
        raise TokenExpired
    return known
