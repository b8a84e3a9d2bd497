"""The digest of a step's input."""

import hashlib
from typing import Any

import orjson


def digest_of(inputs: Any) -> str:
    """SHA-256 of the input's canonical JSON, as hexadecimal; keys in any order give the same digest."""
    return hashlib.sha256(orjson.dumps(inputs, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()
