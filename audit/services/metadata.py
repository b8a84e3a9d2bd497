"""What else an event says: bounded, storable as JSON without change, and without secrets."""

import json
import re
from collections.abc import Mapping
from typing import Any

from audit.constants import (
    MASKED,
    METADATA_MAX_BYTES,
    METADATA_MAX_DEPTH,
    METADATA_MAX_ITEMS,
    METADATA_TEXT_MAX_CHARACTERS,
)

_SECRET = re.compile(
    r"passw|passphrase|secret|token|api_?key|authori[sz]ation|cookie|credential|private_?key|otp|recovery_?code"
    r"|mfa_?code|bearer|jwt|signature",
)
# Numbers of tokens are what the product counts; under these names a number is no secret.
_COUNTED = re.compile(r"(^|_)tokens(_|$)")


def is_secret(name: str, value: Any = None) -> bool:
    """Whether a value of this name is to be masked."""
    key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").replace(" ", "_").lower()
    if _COUNTED.search(key) and isinstance(value, int | float):
        return False
    return _SECRET.search(key) is not None and value is not None


def text(value: Any, length: int = METADATA_TEXT_MAX_CHARACTERS) -> str:
    """The value as text that PostgreSQL takes, at most `length` characters."""
    written = str(value).encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return written if len(written) <= length else f"{written[: length - 1]}…"


def canonical_json(value: Any) -> str:
    """JSON in one form only: keys sorted, no blanks, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def clean(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """The metadata as it is stored. What is larger than `METADATA_MAX_BYTES` keeps its keys only."""
    cleaned: dict[str, Any] = _clean(dict(metadata or {}), METADATA_MAX_DEPTH)
    if len(canonical_json(cleaned).encode()) > METADATA_MAX_BYTES:
        return {"truncated": True, "keys": [text(key, 60) for key in cleaned]}
    return cleaned


def _clean(value: Any, depth: int) -> Any:
    """Numbers with a point become text: PostgreSQL may write them otherwise than they came."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth == 0:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:METADATA_MAX_ITEMS]
        return {
            text(key, 100): MASKED if is_secret(str(key), inner) else _clean(inner, depth - 1) for key, inner in pairs
        }
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [_clean(inner, depth - 1) for inner in value[:METADATA_MAX_ITEMS]]
    return text(value)
