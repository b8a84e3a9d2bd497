"""Keys and tokens, ours and forged."""

import base64
import hashlib
import hmac
import json
import time
from functools import lru_cache
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tenants.tokens.keys import key_ring


@lru_cache(maxsize=8)
def rsa_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A private key; the same number is the same key within one run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(private: Any) -> str:
    """The key as an operator's file holds it."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def payload(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; `changes` replace some, None removes one."""
    now = int(time.time())
    claims = {
        "token_type": "access",
        "sub": str(uuid4()),
        "tenant": "acme",
        "role": "member",
        "sid": str(uuid4()),
        "jti": uuid4().hex,
        "iat": now,
        "exp": now + 300,
        "iss": "novellaforge",
        "aud": "novellaforge-api",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], *, key: Any = None, algorithm: str = "RS256", key_id: Any = None) -> str:
    """A token; by the first key of the ring and its id unless told otherwise."""
    ring = key_ring()
    return jwt.encode(
        claims, ring[0].private if key is None else key, algorithm, headers={"kid": key_id or ring[0].key_id}
    )


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    """`alg: none` with our key's id."""
    return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': key_ring()[0].key_id})}.{_part(claims)}."


def signed_with_the_public_key(claims: dict[str, Any]) -> str:
    """HS256 whose secret is our public key, which everybody may know."""
    public = key_ring()[0].public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': key_ring()[0].key_id})}.{_part(claims)}"
    tag = base64.urlsafe_b64encode(hmac.digest(public, text.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{text}.{tag}"


def forgeries(**claims: Any) -> dict[str, tuple[str, str]]:
    """Every way in which a token can be wrong: name -> (token, the code it is refused with)."""
    good, now = payload(**claims), int(time.time())
    return {
        "no algorithm": (unsigned(good), "token_invalid"),
        "public key as a secret": (signed_with_the_public_key(good), "token_invalid"),
        "another key under our id": (signed(good, key=rsa_key(1)), "token_invalid"),
        "another key under its id": (signed(good, key=rsa_key(1), key_id="0" * 16), "token_invalid"),
        "a key id that is a list": (_relabelled(good, kid=["x"]), "token_invalid"),
        "another algorithm": (signed(good, algorithm="RS512"), "token_invalid"),
        "another issuer": (signed({**good, "iss": "somebody"}), "token_invalid"),
        "another audience": (signed({**good, "aud": "something"}), "token_invalid"),
        "expired a second ago": (signed({**good, "exp": now - 1}), "token_expired"),
        "not yet": (signed({**good, "nbf": now + 60}), "token_invalid"),
        "no expiry": (signed({k: v for k, v in good.items() if k != "exp"}), "token_invalid"),
        "no session": (signed({k: v for k, v in good.items() if k != "sid"}), "token_invalid"),
        "a refresh token's type": (signed({**good, "token_type": "refresh"}), "token_invalid"),
        "a person that is no id": (signed({**good, "sub": "root"}), "token_invalid"),
        "an expiry that is a word": (signed({**good, "exp": "soon"}), "token_invalid"),
        "an expiry beyond numbers": (signed({**good, "exp": float("inf")}), "token_invalid"),
        "altered": (signed(good)[:-6] + "AAAAAA", "token_invalid"),
        "100 KB": ("a" * 100_000, "token_invalid"),
        "100 KB of claims": (signed({**good, "role": "x" * 100_000}), "token_invalid"),
        "one part": ("x", "token_invalid"),
        "letters beyond ASCII": ("\xe9.\xe9.\xe9", "token_invalid"),
        "nothing": ("", "token_invalid"),
    }


def _relabelled(claims: dict[str, Any], **header: Any) -> str:
    text = f"{_part({'alg': 'RS256', 'typ': 'JWT', **header})}.{_part(claims)}"
    return f"{text}.{signed(claims).rpartition('.')[2]}"
