"""Reading bodies strictly: JSON only as the RFC writes it, and no text that PostgreSQL can't store."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from config.kernel.errors import Malformed, PayloadTooLarge

DEPTH_MAX = 64


def _inspect(value: Any, depth: int = 0) -> None:
    """Refuse NUL in any text, and depth.

    Raises:
        Malformed: naming which.
    """
    if depth > DEPTH_MAX:
        raise Malformed(_("The body is nested too deeply."), details={"limit": DEPTH_MAX})
    if isinstance(value, str):
        if "\x00" in value:
            raise Malformed(_("The body holds NUL characters, which text can't contain."))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _inspect(key, depth)
            _inspect(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _inspect(inner, depth + 1)


class StrictJsonParser(BaseParser):
    """JSON through orjson, which refuses NaN, lone surrogates and invalid UTF-8; NUL and depth are refused here.

    A name that stands twice in one object counts once, with its last value.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body.

        Raises:
            PayloadTooLarge: above `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes.
            Malformed: when it is not JSON, holds NUL characters, or is nested too deeply.
        """
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge(details={"limit_bytes": limit})
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Malformed(_("The body is not valid JSON."), details={"reason": str(error)}) from error
        # NUL can only have been written as an escape, depth only with brackets: most bodies need no walk.
        if b"\\u0000" in body or body.count(b"[") + body.count(b"{") > DEPTH_MAX:
            _inspect(data)
        return data
