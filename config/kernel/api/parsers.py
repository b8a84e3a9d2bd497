"""Reading bodies strictly: JSON only as the RFC writes it, and no text that PostgreSQL can't store."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from config.kernel.errors import Malformed, PayloadTooLarge

DEPTH_MAX = 64


def _has_nul(value: Any, depth: int = 0) -> bool:
    if depth > DEPTH_MAX:
        raise Malformed(_("The body is nested too deeply."), details={"limit": DEPTH_MAX})
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or _has_nul(inner, depth + 1) for key, inner in value.items())
    if isinstance(value, list):
        return any(_has_nul(inner, depth + 1) for inner in value)
    return False


class StrictJsonParser(BaseParser):
    """JSON through orjson, which refuses NaN, lone surrogates and invalid UTF-8; NUL is refused here."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body.

        Raises:
            PayloadTooLarge: above `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes.
            Malformed: when it is not JSON, or holds NUL characters.
        """
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge(details={"limit_bytes": limit})
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Malformed(_("The body is not valid JSON."), details={"reason": str(error)}) from error
        if _has_nul(data):
            raise Malformed(_("The body holds NUL characters, which text can't contain."))
        return data
