"""How the views of this app answer: tags of what is shown, filters of lists."""

from typing import Any
from uuid import UUID
from zlib import crc32

from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.envelope import dump_json
from config.kernel.api.etags import etag_of, not_modified, version_named
from config.kernel.api.views import ApiView

PRIVATE = "private, no-cache"  # keep it, but ask each time: the ETag answers


def tag_of(shown: dict[str, Any]) -> str:
    """The ETag of an answer: id, version, and a checksum of everything shown but the text, which the version covers."""
    rest = {name: value for name, value in shown.items() if name != "body"}
    return etag_of(shown["id"], f"{shown['version']}.{crc32(dump_json(rest)):08x}")


def tagged(request: Request, shown: dict[str, Any], *, code: int = status.HTTP_200_OK, location: str = "") -> Response:
    """The answer with its ETag; 304 when a reader has it already."""
    tag = tag_of(shown)
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if location:
        headers["Location"] = location
    if request.method == "GET" and not_modified(request, tag):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(shown, status=code, headers=headers)


def version_if_given(request: Request, object_id: UUID) -> int | None:
    """The version that `If-Match` names; None where the header is optional and absent.

    Raises:
        PreconditionRequired, Malformed: as `version_named`.
    """
    return version_named(request, object_id) if "If-Match" in request.headers else None


def filtered(
    view: ApiView, rows: QuerySet[Any, Any], serializer: type[serializers.Serializer[Any]]
) -> QuerySet[Any, Any]:
    """The rows that the query asks for: `search` in the title, every other parameter by its column.

    Raises:
        ValidationFailed: naming each wrong parameter.
    """
    if not view.request.query_params:
        return rows
    asked = view.valid_query(serializer)
    search = asked.pop("search", None)
    if search:
        rows = rows.filter(title__icontains=search)
    return rows.filter(**asked) if asked else rows
