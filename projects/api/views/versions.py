"""The history of a document."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.etags import version_named
from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from projects.api.answers import tagged
from projects.api.serializers.headers import WRITE
from projects.api.serializers.outputs import DocumentOutput, VersionListed, VersionOutput
from projects.selectors.documents import document_shown
from projects.selectors.versions import version_shown, version_with_text, versions_of
from projects.services.documents import version_restore


class VersionList(ApiView):
    """`GET /documents/{id}/versions`."""

    ordering_fields: ClassVar = ("id",)

    @extend_schema(operation_id="versions_list", responses=VersionListed(many=True))
    def get(self, request: Request, document_id: UUID) -> Response:
        """The document's versions without their texts, newest first."""
        page = CursorPage()
        rows = page.paginate_queryset(versions_of(self.actor, document_id), request, self)
        return page.get_paginated_response([version_shown(row) for row in rows])


class VersionView(ApiView):
    """`GET /documents/{id}/versions/{n}`."""

    @extend_schema(operation_id="versions_read", responses=VersionOutput)
    def get(self, request: Request, document_id: UUID, number: int) -> Response:
        """One version with its text."""
        return Response(version_with_text(self.actor, document_id, number))


class VersionRestoreView(ApiView):
    """`POST /documents/{id}/versions/{n}/restore`."""

    @extend_schema(operation_id="versions_restore", parameters=WRITE, request=None, responses=DocumentOutput)
    def post(self, request: Request, document_id: UUID, number: int) -> Response:
        """Make this version's text the newest one, over the version that `If-Match` names."""
        expected = version_named(request, document_id)
        version_restore(actor=self.actor, document_id=document_id, number=number, expected_version=expected)
        return tagged(request, document_shown(self.actor, document_id))
