"""Tokens that travel by mail: 256 random bits, of which only the digest is kept."""

import hashlib
import secrets

PREFIX = "nfm_"
_BYTES = 32


def new_token() -> str:
    """A fresh token."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def digest_of(raw: str) -> str:
    """The SHA-256 (hex) by which the database knows a token."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
