"""Refresh tokens: opaque to everyone but us, chained by HMAC, stored as digests only.

A token is `nfr_` and 69 bytes in URL-safe base64: a version, the session's id, the place in the chain, 32 secret bytes
and a tag. The first secret is random. Each next one is the HMAC of its parent under the server's secret, so that the
same parent always has the same child: an answer that was lost can be given again although nothing but digests is kept.
The tag proves that a token is ours: a spent ancestor is told from a forgery without a table of spent tokens, and nobody
can close a session by inventing one.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.encoding import force_bytes

from config.kernel.errors import TokenInvalid

PREFIX = "nfr_"
_VERSION = 1
_FORM = re.compile(r"nfr_([A-Za-z0-9_-]{92})")
_SECRET_BYTES = 32
_TAG_BYTES = 16
_CHILD_LABEL = b"novellaforge.refresh.child:"
_TAG_LABEL = b"novellaforge.refresh.tag:"
_TOKEN_ID_LABEL = b"novellaforge.access.jti:"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One token of a session's chain; `generation` counts the refreshes before it."""

    session_id: UUID
    generation: int
    secret: bytes
    tag: bytes

    @property
    def _body(self) -> bytes:
        return bytes([_VERSION]) + self.session_id.bytes + self.generation.to_bytes(4, "big") + self.secret

    @property
    def raw(self) -> str:
        """The token as clients keep it."""
        return PREFIX + urlsafe_b64encode(self._body + self.tag).decode("ascii")

    @property
    def digest(self) -> str:
        """SHA-256 of the raw token in hex: all that is stored of it."""
        return hashlib.sha256(self.raw.encode("ascii")).hexdigest()

    @property
    def is_ours(self) -> bool:
        """Whether this server made it: the tag fits under the present or a former secret key."""
        return any(hmac.compare_digest(self.tag, _tag(key, self._body)) for key in _keys())

    def children(self) -> list["RefreshToken"]:
        """The token's child under the present secret key, then under each former one."""
        return [_child(self, key) for key in _keys()]

    def access_token_id(self, issued_at: int) -> str:
        """The `jti` of the access token issued with this refresh token at `issued_at` (seconds), in hex."""
        message = _TOKEN_ID_LABEL + self._body + issued_at.to_bytes(8, "big")
        return hmac.digest(_keys()[0], message, "sha256")[:16].hex()


def _keys() -> list[bytes]:
    """The server's secrets, the present one first."""
    return [force_bytes(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _TAG_LABEL + body, "sha256")[:_TAG_BYTES]


def _sealed(session_id: UUID, generation: int, secret: bytes, key: bytes) -> RefreshToken:
    untagged = RefreshToken(session_id, generation, secret, b"")
    return RefreshToken(session_id, generation, secret, _tag(key, untagged._body))  # noqa: SLF001  (its own module)


def _child(parent: RefreshToken, key: bytes) -> RefreshToken:
    secret = hmac.digest(key, _CHILD_LABEL + parent._body + parent.tag, "sha256")  # noqa: SLF001
    return _sealed(parent.session_id, parent.generation + 1, secret, key)


def first_token(session_id: UUID) -> RefreshToken:
    """The random token that begins a session's chain."""
    return _sealed(session_id, 0, secrets.token_bytes(_SECRET_BYTES), _keys()[0])


def parse_refresh(raw: str) -> RefreshToken:
    """A token as it came, not yet proven to be ours.

    Raises:
        TokenInvalid: when it does not have a refresh token's form.
    """
    match = _FORM.fullmatch(raw)
    if match is None:
        raise TokenInvalid
    content = urlsafe_b64decode(match[1])
    if content[0] != _VERSION:
        raise TokenInvalid
    return RefreshToken(
        session_id=UUID(bytes=content[1:17]),
        generation=int.from_bytes(content[17:21], "big"),
        secret=content[21:53],
        tag=content[53:],
    )
