"""Documents: list, create, read, save, move, delete, review, and the assembled text."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.etags import version_named
from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from config.kernel.errors import NotFound
from projects.api.answers import filtered, tagged, version_if_given
from projects.api.serializers.headers import CHANGE, ETAG, IF_MATCH, READ, UNCHANGED, WRITE
from projects.api.serializers.inputs import (
    DocumentCreateInput,
    DocumentFilters,
    DocumentReplaceInput,
    DocumentUpdateInput,
    FinalContentInput,
    MoveInput,
)
from projects.api.serializers.outputs import DocumentListed, DocumentOutput
from projects.models import Document, Project
from projects.selectors.documents import document_shown, documents_listed, listed_shown, manuscript_id
from projects.selectors.projects import role_on
from projects.services.documents import (
    document_create,
    document_delete,
    document_move,
    document_save,
    final_content_save,
)
from projects.services.reviews import document_approve, document_reject, document_submit


class DocumentList(ApiView):
    """`GET` and `POST /projects/{id}/documents`."""

    ordering: ClassVar = "order_index"
    ordering_fields: ClassVar = ("created_at", "id", "order_index", "title", "updated_at", "word_count")

    @extend_schema(operation_id="documents_list", parameters=[DocumentFilters], responses=DocumentListed(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """The project's documents without their texts, by position."""
        role = role_on(self.actor, project_id)
        page = CursorPage()
        rows = page.paginate_queryset(filtered(self, documents_listed(project_id), DocumentFilters), request, self)
        return page.get_paginated_response([listed_shown(row, role) for row in rows])

    @extend_schema(
        operation_id="documents_create", parameters=[ETAG], request=DocumentCreateInput, responses={201: DocumentOutput}
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Add a document, at the end of its kind or at a position."""
        given = self.valid(DocumentCreateInput)
        document = document_create(actor=self.actor, project=Project(pk=project_id), **given)
        shown = document_shown(self.actor, document.pk)
        return tagged(request, shown, code=status.HTTP_201_CREATED, location=f"/api/v1/documents/{document.pk}")


class DocumentView(ApiView):
    """`GET`, `PATCH`, `PUT` and `DELETE /documents/{id}`."""

    @extend_schema(operation_id="documents_read", parameters=READ, responses={200: DocumentOutput, 304: UNCHANGED})
    def get(self, request: Request, document_id: UUID) -> Response:
        """One document with its text."""
        return tagged(request, document_shown(self.actor, document_id))

    @extend_schema(
        operation_id="documents_update", parameters=WRITE, request=DocumentUpdateInput, responses=DocumentOutput
    )
    def patch(self, request: Request, document_id: UUID) -> Response:
        """Save what is given over the version that `If-Match` names."""
        return self._save(request, document_id, self.valid(DocumentUpdateInput, partial=True))

    @extend_schema(
        operation_id="documents_replace", parameters=WRITE, request=DocumentReplaceInput, responses=DocumentOutput
    )
    def put(self, request: Request, document_id: UUID) -> Response:
        """Save title and text over the version that `If-Match` names."""
        return self._save(request, document_id, self.valid(DocumentReplaceInput))

    def _save(self, request: Request, document_id: UUID, given: dict[str, Any]) -> Response:
        expected = version_named(request, document_id)
        document_save(actor=self.actor, document_id=document_id, expected_version=expected, **given)
        return tagged(request, document_shown(self.actor, document_id))

    @extend_schema(operation_id="documents_delete", parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, document_id: UUID) -> Response:
        """Delete the version that `If-Match` names; those behind it move up."""
        expected = version_named(request, document_id)
        document_delete(actor=self.actor, document_id=document_id, expected_version=expected)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DocumentMoveView(ApiView):
    """`POST /documents/{id}/move`."""

    @extend_schema(operation_id="documents_move", parameters=[ETAG], request=MoveInput, responses=DocumentOutput)
    def post(self, request: Request, document_id: UUID) -> Response:
        """Put the document before or after another one of its kind."""
        document_move(actor=self.actor, document_id=document_id, **self.valid(MoveInput))
        return tagged(request, document_shown(self.actor, document_id))


class _ReviewView(ApiView):
    """One step of the review. `If-Match` is honoured when given: exactly the text that was read."""

    step: ClassVar[Callable[..., Document]]

    def post(self, request: Request, document_id: UUID) -> Response:
        """Take the step."""
        expected = version_if_given(request, document_id)
        type(self).step(actor=self.actor, document_id=document_id, expected_version=expected)
        return tagged(request, document_shown(self.actor, document_id))


@extend_schema_view(
    post=extend_schema(operation_id="documents_submit", parameters=CHANGE, request=None, responses=DocumentOutput)
)
class DocumentSubmitView(_ReviewView):
    """`POST /documents/{id}/submit`: ask for a review."""

    step = staticmethod(document_submit)


@extend_schema_view(
    post=extend_schema(operation_id="documents_approve", parameters=CHANGE, request=None, responses=DocumentOutput)
)
class DocumentApproveView(_ReviewView):
    """`POST /documents/{id}/approve`: accept the text."""

    step = staticmethod(document_approve)


@extend_schema_view(
    post=extend_schema(operation_id="documents_reject", parameters=CHANGE, request=None, responses=DocumentOutput)
)
class DocumentRejectView(_ReviewView):
    """`POST /documents/{id}/reject`: send the text back."""

    step = staticmethod(document_reject)


class FinalContentView(ApiView):
    """`GET` and `PUT /projects/{id}/final-content`: the project's document of kind `manuscript`."""

    @extend_schema(operation_id="final_content_read", parameters=READ, responses={200: DocumentOutput, 304: UNCHANGED})
    def get(self, request: Request, project_id: UUID) -> Response:
        """The assembled text; 404 before there is one."""
        role_on(self.actor, project_id)
        document_id = manuscript_id(project_id)
        if document_id is None:
            raise NotFound
        return tagged(request, document_shown(self.actor, document_id))

    @extend_schema(
        operation_id="final_content_save",
        parameters=CHANGE,
        request=FinalContentInput,
        responses={200: DocumentOutput, 201: DocumentOutput},
    )
    def put(self, request: Request, project_id: UUID) -> Response:
        """Save the assembled text: the first time without `If-Match`, then over the version it names.

        With `auto_save`, a change of nothing but blanks at the ends of lines makes no version.
        """
        role_on(self.actor, project_id)
        given = self.valid(FinalContentInput)
        document_id = manuscript_id(project_id)
        document, is_new = final_content_save(
            actor=self.actor,
            project_id=project_id,
            content=given["content"],
            expected_version=None if document_id is None else version_named(request, document_id),
            autosave=given["auto_save"],
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return tagged(request, document_shown(self.actor, document.pk), code=code)
