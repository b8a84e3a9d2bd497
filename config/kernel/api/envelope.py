"""The envelope of every JSON answer, and its fast renderer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

from config.kernel.context import current_context
from config.kernel.errors import AppError

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
_BODILESS = frozenset({204, 304})


def _plain(value: Any) -> Any:
    """What orjson does not know: lazy translations, decimals, other sequences."""
    if isinstance(value, Promise | Decimal):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def dump_json(value: Any) -> bytes:
    """JSON as bytes; datetimes as RFC 3339 in UTC with `Z`.

    Raises:
        TypeError: when `value` holds something that has no JSON form.
    """
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def success_body(data: Any) -> dict[str, Any]:
    """The envelope of an answer that succeeded."""
    return {"success": True, "data": data, "error": None}


def error_body(error: AppError) -> dict[str, Any]:
    """The failed envelope of one error."""
    return {
        "success": False,
        "data": None,
        "error": {
            "code": error.code,
            "message": str(error.message),
            "details": error.details,
            "request_id": str(current_context().request_id),
        },
    }


def error_response(error: AppError) -> HttpResponse:
    """A whole answer for an error met outside of a DRF view (middleware, server handlers).

    It keeps the error as `app_error`: for a browser outside the API the outermost middleware makes a page of it.
    """
    response = HttpResponse(dump_json(error_body(error)), status=error.status, content_type="application/json")
    for name, value in error.headers.items():
        response[name] = value
    response.app_error = error  # type: ignore[attr-defined]
    return response


class EnvelopeRenderer(BaseRenderer):
    """Wraps what a view returns into the envelope. Errors arrive already wrapped by the exception handler."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the body as bytes; none for 204 and 304."""
        context = renderer_context or {}
        response = context.get("response")
        if response is not None and response.status_code in _BODILESS:
            return b""
        body = data if getattr(response, "exception", False) else success_body(data)
        if context.get("indent") or (accepted_media_type and "indent=" in accepted_media_type):
            return orjson.dumps(body, default=_plain, option=_OPTIONS | orjson.OPT_INDENT_2)
        return dump_json(body)
