"""Cursor pagination by keyset: pages never repeat or skip a row, however many rows share a value."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from config.kernel.errors import ValidationFailed

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200


class CursorPage(BasePagination):
    """Pages by (ordering column, primary key); ids are UUIDv7 and so in order of creation.

    A view may set `ordering` (default `-id`) and `ordering_fields` (what `?ordering=` may name). The cursor is opaque:
    direction, ordering and the last row's values.
    """

    default_ordering = "-id"

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: APIView | None = None) -> list[Any]:
        """One page of rows; reads one row more than it shows to learn whether there is a next page."""
        self.request = request
        self.size = self._size()
        self.ordering = self._ordering(view)
        self.backward, self.after = self._cursor()
        column, descending = self.ordering.lstrip("-"), self.ordering.startswith("-")
        if self.after is not None:
            queryset = queryset.filter(self._beyond(column, descending != self.backward))
        sign = "-" if descending != self.backward else ""
        columns = [f"{sign}{column}"] if column == "id" else [f"{sign}{column}", f"{sign}id"]
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
        if not raw.isdigit() or not 1 <= int(raw) <= PAGE_SIZE_MAX:
            raise ValidationFailed.field(
                "page_size",
                _("Expected a number from 1 to %(most)s, found %(raw)r.") % {"most": PAGE_SIZE_MAX, "raw": raw[:40]},
            )
        return int(raw)

    def _ordering(self, view: APIView | None) -> str:
        allowed = set(getattr(view, "ordering_fields", ()))
        default = getattr(view, "ordering", self.default_ordering)
        asked = self.request.query_params.get("ordering")
        if not asked:
            return str(default)
        if asked.lstrip("-") not in allowed or asked.startswith("--"):
            names = ", ".join(sorted(allowed)) or _("none")
            raise ValidationFailed.field(
                "ordering", _("Expected one of: %(names)s; found %(asked)r.") % {"names": names, "asked": asked[:40]}
            )
        return asked

    def _cursor(self) -> tuple[bool, list[Any] | None]:
        raw = self.request.query_params.get("cursor")
        if not raw:
            return False, None
        try:
            backward, ordering, after = orjson.loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        except (ValueError, Base64Error, TypeError) as error:
            raise ValidationFailed.field("cursor", _("This is not a cursor of ours.")) from error
        if ordering != self.ordering or not isinstance(after, list) or not isinstance(backward, bool):
            raise ValidationFailed.field("cursor", _("This cursor belongs to another ordering."))
        return backward, after

    def _beyond(self, column: str, descending: bool) -> Q:
        """Rows past the cursor's, in the order asked for."""
        comparison = "lt" if descending else "gt"
        assert self.after is not None  # noqa: S101  (the caller checked)
        if column == "id":
            return Q(**{f"id__{comparison}": self.after[-1]})
        value, key = self.after[0], self.after[-1]
        return Q(**{f"{column}__{comparison}": value}) | Q(**{column: value, f"id__{comparison}": key})

    def _link(self, row: Any, *, backward: bool) -> str:
        column = self.ordering.lstrip("-")
        read = row.get if isinstance(row, dict) else lambda name: getattr(row, name)
        after = [read("id")] if column == "id" else [read(column), read("id")]
        cursor = urlsafe_b64encode(orjson.dumps([backward, self.ordering, after], default=str)).decode().rstrip("=")
        parts = urlsplit(self.request.get_full_path())
        return replace_query_param(f"{parts.path}?{parts.query}", "cursor", cursor)

    def page(self, results: list[Any]) -> dict[str, Any]:
        """The page in the shape of the contract; `next` and `previous` are links to follow."""
        has_next = bool(self.rows) and (self.more if not self.backward else self.after is not None)
        has_previous = bool(self.rows) and (self.more if self.backward else self.after is not None)
        return {
            "results": results,
            "next": self._link(self.rows[-1], backward=False) if has_next else None,
            "previous": self._link(self.rows[0], backward=True) if has_previous else None,
        }

    def get_paginated_response(self, data: Any) -> Response:
        """DRF's hook."""
        return Response(self.page(data))
