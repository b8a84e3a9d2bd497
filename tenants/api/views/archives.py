"""Archives of everything that the organisation owns."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.serializers.second_factor import ProofInput
from tenants.api.views.members import OrganisationView
from tenants.choices import ArchiveStatus
from tenants.services.organisation_export import export_pieces, organisation_export_ask, organisation_export_of


class ArchiveOutput(serializers.Serializer[Any]):
    """One archive. Size and SHA-256 are those of the whole file, once it is ready."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ArchiveStatus.choices)
    size_bytes = serializers.IntegerField()
    digest = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ArchivesView(OrganisationView):
    """Asking for an archive. For admins of the organisation."""

    @extend_schema(
        operation_id="organisation_export", request=ProofInput, responses={202: ArchiveOutput}, tags=["organisation"]
    )
    def post(self, request: Request) -> Response:
        """Have everything that the organisation owns put into one file."""
        row = organisation_export_ask(actor=self.actor, tenant_id=self.tenant_id, **self.valid(ProofInput))
        where = f"/api/v1/organisation/exports/{row.pk}"
        return Response(ArchiveOutput(row).data, status=202, headers={"Location": where})


class ArchiveView(OrganisationView):
    """One archive."""

    @extend_schema(operation_id="organisation_export_read", responses=ArchiveOutput, tags=["organisation"])
    def get(self, request: Request, export_id: UUID) -> Response:
        """How far it is."""
        row = organisation_export_of(actor=self.actor, tenant_id=self.tenant_id, export_id=export_id)
        return Response(ArchiveOutput(row).data)


class ArchiveDownloadView(OrganisationView):
    """The file of an archive."""

    @extend_schema(
        operation_id="organisation_export_download",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
        tags=["organisation"],
    )
    def get(self, request: Request, export_id: UUID) -> StreamingHttpResponse:
        """The file, as an attachment."""
        row = organisation_export_of(actor=self.actor, tenant_id=self.tenant_id, export_id=export_id)
        return StreamingHttpResponse(
            export_pieces(row),
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="organisation-{row.pk}.zip"',
                "Content-Length": str(row.size_bytes),
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )
