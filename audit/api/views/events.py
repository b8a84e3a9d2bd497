"""The record of an organisation, for its admins."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.serializers.events import AuditFilters, EventOutput, ExportFilters
from audit.permissions import require_reader
from audit.selectors.events import events_matching
from audit.services.export import events_export
from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from config.kernel.schemas import present_schema

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class AuditView(ApiView):
    """`GET /audit`."""

    @extend_schema(
        operation_id="audit_list", parameters=[AuditFilters], responses=EventOutput(many=True), tags=["audit"]
    )
    def get(self, request: Request) -> Response:
        """Security events of this organisation, newest first. For its admins."""
        require_reader(self.actor)
        page = CursorPage()
        rows = page.paginate_queryset(events_matching(**self.valid_query(AuditFilters)), request, self)
        return page.get_paginated_response(list(EventOutput(rows, many=True).data))


class AnyAccept(DefaultContentNegotiation):
    """`Accept: text/csv` is no reason to refuse a file in CSV."""

    def select_renderer(self, request: Request, renderers: list, format_suffix: str | None = None) -> tuple:  # type: ignore[override,type-arg]
        """The first renderer: errors alone are rendered."""
        return renderers[0], renderers[0].media_type


class AuditExportView(ApiView):
    """`GET /audit/export`."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="audit_export",
        parameters=[ExportFilters],
        responses={(200, "text/csv"): OpenApiTypes.BINARY, (200, "application/jsonl"): OpenApiTypes.BINARY},
        tags=["audit"],
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The events as a file, oldest first: CSV, or JSON lines. For admins; the export is an event itself."""
        require_reader(self.actor)
        asked = self.valid_query(ExportFilters)
        form = asked.pop("format")
        lines = events_export(actor=self.actor, schema=present_schema(), format=form, filters=asked)
        name = f"audit-{timezone.now():%Y-%m-%d}.{form}"
        return StreamingHttpResponse(
            lines,
            content_type=TYPES[form],
            headers={
                "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, no-store",
            },
        )
