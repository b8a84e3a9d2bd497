"""What a request may look like before anything else looks at it: its address, and the size of its body."""

from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _

from config.kernel.errors import Malformed, PayloadTooLarge

CHUNK_BYTES = 64 * 1024


def check_address(request: HttpRequest) -> None:
    """Refuse a path or a query string that is not UTF-8 or holds NUL; PostgreSQL could not store either.

    Raises:
        Malformed: naming the part.
    """
    query = request.META.get("QUERY_STRING", "")
    if "\x00" in request.path:
        raise Malformed(_("The address holds a NUL character."), details={"part": "path"})
    if "%" not in query and query.isascii():
        return
    try:
        text = unquote_to_bytes(query.encode("latin-1")).decode("utf-8")
    except UnicodeError as error:
        raise Malformed(_("The query string is not UTF-8."), details={"part": "query"}) from error
    if "\x00" in text:
        raise Malformed(_("The address holds a NUL character."), details={"part": "query"})


def check_body(request: HttpRequest) -> None:
    """Refuse a body above `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes, of whatever type, before it is read.

    A body without a length (chunked) is read here, up to the limit: Django would take it for an empty one.

    Raises:
        PayloadTooLarge: above the limit.
        Malformed: when the length is no number.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if length:
        if not (length.isascii() and length.isdecimal() and len(length) < 20):
            raise Malformed(_("Content-Length is not a number of bytes."), details={"found": length[:40]})
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise PayloadTooLarge(details={"limit_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    elif "HTTP_TRANSFER_ENCODING" in request.META and isinstance(request, WSGIRequest):
        body = _read_unmeasured(request.META.get("wsgi.input"))
        request.META["CONTENT_LENGTH"] = str(len(body))
        request._stream = BytesIO(body)  # noqa: SLF001  (Django has no public way to hand a request its body)


def _read_unmeasured(stream: Any) -> bytes:
    """The whole of a body that ends by itself.

    Raises:
        PayloadTooLarge: as soon as it exceeds the limit.
    """
    limit, found = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, bytearray()
    while chunk := stream.read(CHUNK_BYTES):
        found += chunk
        if len(found) > limit:
            raise PayloadTooLarge(details={"limit_bytes": limit})
    return bytes(found)
