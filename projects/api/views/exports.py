"""Exports: making files, and taking them away."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from projects.api.answers import filtered
from projects.api.serializers.inputs import ExportFilters, ExportInput
from projects.api.serializers.outputs import ExportOutput
from projects.choices import Ability
from projects.models import Project
from projects.selectors.exports import export_for, export_row_shown, export_shown, exports_listed
from projects.selectors.projects import role_on
from projects.services.exports import export_create


class ExportList(ApiView):
    """`GET` and `POST /projects/{id}/exports`."""

    ordering_fields: ClassVar = ("created_at", "id")

    @extend_schema(operation_id="exports_list", parameters=[ExportFilters], responses=ExportOutput(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """The files made of the project, newest first."""
        role_on(self.actor, project_id)
        page = CursorPage()
        rows = page.paginate_queryset(filtered(self, exports_listed(project_id), ExportFilters), request, self)
        return page.get_paginated_response([export_row_shown(row) for row in rows])

    @extend_schema(operation_id="exports_create", request=ExportInput, responses={201: ExportOutput})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Make a file of the project's text."""
        export = export_create(actor=self.actor, project=Project(pk=project_id), **self.valid(ExportInput))
        return Response(
            export_shown(self.actor, export.pk),
            status=status.HTTP_201_CREATED,
            headers={"Location": f"/api/v1/exports/{export.pk}"},
        )


class ExportView(ApiView):
    """`GET /exports/{id}`."""

    @extend_schema(operation_id="exports_read", responses=ExportOutput)
    def get(self, request: Request, export_id: UUID) -> Response:
        """One export."""
        return Response(export_shown(self.actor, export_id))


class ExportDownloadView(ApiView):
    """`GET /exports/{id}/download`."""

    @extend_schema(operation_id="exports_download", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: UUID) -> HttpResponse:
        """The file. It is saved, never shown on the studio's own host."""
        export = export_for(self.actor, export_id, ability=Ability.EXPORT)
        disposition = content_disposition_header(as_attachment=True, filename=export.filename)
        return HttpResponse(
            bytes(export.content),
            content_type=export.content_type,
            headers={
                "Content-Disposition": disposition or "attachment",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, no-store",
            },
        )
