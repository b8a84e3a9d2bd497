"""The file that JWT_PRIVATE_KEYS names, looked at before anything starts: not only at the first sign-in."""

import re
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

RSA_MIN_BITS = 2048
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)


def complaints(path: Path) -> list[str]:
    """One sentence for each thing that is wrong with the file of keys; none when it is right."""
    blocks = [match[0] for match in _BLOCK.finditer(path.read_bytes())]
    expected = f"JWT_PRIVATE_KEYS: expected a file of PEM private keys (RSA, {RSA_MIN_BITS} bits or more)"
    if not blocks:
        return [f"{expected}, found none in {path}"]
    found = (_found(block) for block in blocks)
    return [f"{expected}, block {number} is {what}" for number, what in enumerate(found, start=1) if what]


def _found(block: bytes) -> str:
    """What is wrong with one key, in words; empty when it is right."""
    try:
        key = load_pem_private_key(block, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "no key that can be read"
    if not isinstance(key, RSAPrivateKey):
        return "a key of another kind"
    return "" if key.key_size >= RSA_MIN_BITS else f"a key of {key.key_size} bits"
