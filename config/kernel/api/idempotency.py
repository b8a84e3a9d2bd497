"""The `Idempotency-Key` header: what it may look like, and which request it stands for."""

import re
from hashlib import sha256
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.request import Request

from config.kernel.errors import Malformed

KEY_MAX_CHARACTERS = 200
_KEY = re.compile(rf"[\x21\x23-\x5b\x5d-\x7e]{{1,{KEY_MAX_CHARACTERS}}}")


def idempotency_key(request: Request) -> str:
    """The key of this request, empty when it has none. Quotes around it (the structured form) are taken off.

    Raises:
        Malformed: when it is empty, too long, or holds anything but visible ASCII without quotes and backslashes.
    """
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return ""
    key = given.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise Malformed(
            _("Idempotency-Key takes 1 to %(most)s visible ASCII characters, such as a UUID.")
            % {"most": KEY_MAX_CHARACTERS},
            details={"header": "Idempotency-Key", "found": ascii(key[:40])},
        )
    return key


def request_fingerprint(request: Request, data: Any) -> str:
    """SHA-256 over method, path and parsed body, as 64 hex digits: the same request whatever its spacing."""
    body = orjson.dumps(data, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return sha256(b"\n".join([str(request.method).encode(), request.path.encode(), body])).hexdigest()
