"""Cursor pagination by keyset: pages never repeat or skip a row, however many rows share a value."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from config.kernel.api.cursors import Cursor, decode
from config.kernel.errors import ValidationFailed

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200


class CursorPage(BasePagination):
    """Pages by (ordering column, primary key); ids are UUIDv7 and so in order of creation.

    A view may set `ordering` (default `-id`) and `ordering_fields` (what `?ordering=` may name). `next` and
    `previous` are what `?cursor=` takes; the `Link` header holds them as addresses.
    """

    default_ordering = "-id"

    def paginate_queryset(  # type: ignore[override]  # a keyset needs a query, not any sequence
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """One page of rows; reads one row more than it shows to learn whether there is a next page.

        Raises:
            ValidationFailed: when `page_size`, `ordering` or `cursor` is not one.
        """
        self.request = request
        self.size = self._size()
        self.ordering = self._ordering(view)
        text = request.query_params.get("cursor")
        self.cursor = decode(text, ordering=self.ordering, queryset=queryset) if text else None
        self.backward = bool(self.cursor and self.cursor.backward)
        if self.cursor is not None:
            queryset = queryset.filter(self.cursor.beyond())
        column, sign = self.ordering.lstrip("-"), "-" if self.ordering.startswith("-") != self.backward else ""
        columns = [f"{sign}id"] if column == "id" else [f"{sign}{column}", f"{sign}id"]
        rows = list(queryset.order_by(*columns)[: self.size + 1])
        self.more = len(rows) > self.size
        rows = rows[: self.size]
        if self.backward:
            rows.reverse()
        self.rows = rows
        return rows

    def _size(self) -> int:
        raw = self.request.query_params.get("page_size")
        if raw is None:
            return PAGE_SIZE
        wanted = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= len(str(PAGE_SIZE_MAX)) else 0
        if not 1 <= wanted <= PAGE_SIZE_MAX:
            raise ValidationFailed.field(
                "page_size",
                _("Expected a number from 1 to %(most)s, found %(raw)s.") % {"most": PAGE_SIZE_MAX, "raw": raw[:40]},
            )
        return wanted

    def _ordering(self, view: APIView | None) -> str:
        allowed = set(getattr(view, "ordering_fields", ()))
        asked = self.request.query_params.get("ordering")
        if not asked:
            return str(getattr(view, "ordering", self.default_ordering))
        if asked.removeprefix("-") not in allowed:
            names = ", ".join(sorted(allowed)) or _("none")
            raise ValidationFailed.field(
                "ordering", _("Expected one of: %(names)s; found %(asked)s.") % {"names": names, "asked": asked[:40]}
            )
        return asked

    def _cursor_at(self, row: Any, *, backward: bool) -> str:
        column = self.ordering.lstrip("-")
        row_id, value = (row["id"], row[column]) if isinstance(row, dict) else (row.id, getattr(row, column))
        return Cursor(self.ordering, backward, None if column == "id" else value, row_id).encode()

    def page(self, results: list[Any]) -> dict[str, Any]:
        """The page in the shape of the contract."""
        came_from_elsewhere = self.cursor is not None
        has_next = bool(self.rows) and (came_from_elsewhere if self.backward else self.more)
        has_previous = bool(self.rows) and (self.more if self.backward else came_from_elsewhere)
        self.next = self._cursor_at(self.rows[-1], backward=False) if has_next else None
        self.previous = self._cursor_at(self.rows[0], backward=True) if has_previous else None
        return {"results": results, "next": self.next, "previous": self.previous}

    def get_paginated_response(self, data: Any) -> Response:
        """The page as an answer, with the neighbouring pages in the `Link` header (RFC 8288)."""
        response, here = Response(self.page(data)), self.request.build_absolute_uri()
        links = [
            f'<{replace_query_param(here, "cursor", cursor)}>; rel="{relation}"'
            for relation, cursor in (("next", self.next), ("prev", self.previous))
            if cursor
        ]
        if links:
            response["Link"] = ", ".join(links)
        return response

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The parameters of a list, for the OpenAPI document."""
        parameters: list[dict[str, Any]] = [
            _parameter("cursor", "`next` or `previous` of a page of this list.", {"type": "string"}),
            _parameter(
                "page_size",
                "Rows in a page.",
                {"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_MAX, "default": PAGE_SIZE},
            ),
        ]
        fields = sorted(getattr(view, "ordering_fields", ()))
        if fields:
            allowed = [name for field in fields for name in (field, f"-{field}")]
            default = getattr(view, "ordering", self.default_ordering)
            parameters.append(
                _parameter(
                    "ordering",
                    f"The column that orders; a minus turns it round. Default: `{default}`.",
                    {"type": "string", "enum": allowed},
                )
            )
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page as the OpenAPI document shows it."""
        cursor = {"type": ["string", "null"], "description": "What `?cursor=` takes; null at the end."}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": cursor, "previous": cursor},
        }


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
