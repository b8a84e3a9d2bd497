"""Projects: list, create, read, change, delete."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from projects.api.answers import filtered, tagged, version_if_given
from projects.api.serializers.headers import CHANGE, ETAG, IF_MATCH_OPTIONAL, READ, UNCHANGED
from projects.api.serializers.inputs import ProjectCreateInput, ProjectFilters, ProjectUpdateInput
from projects.api.serializers.outputs import ProjectOutput
from projects.models import Project
from projects.selectors.projects import project_shown, projects_shown
from projects.services.projects import project_create, project_delete, project_update


class ProjectList(ApiView):
    """`GET` and `POST /projects`."""

    ordering_fields: ClassVar = ("created_at", "id", "title", "updated_at")

    @extend_schema(operation_id="projects_list", parameters=[ProjectFilters], responses=ProjectOutput(many=True))
    def get(self, request: Request) -> Response:
        """The projects on which I have a role, newest first."""
        rows = Project.objects.visible_to(self.actor).values("id", *self._ordered_by())
        page = CursorPage()
        found = page.paginate_queryset(filtered(self, rows, ProjectFilters), request, self)
        return page.get_paginated_response(projects_shown(self.actor, [row["id"] for row in found]))

    def _ordered_by(self) -> set[str]:
        return {self.request.query_params.get("ordering", "id").lstrip("-")} & set(self.ordering_fields) - {"id"}

    @extend_schema(
        operation_id="projects_create", parameters=[ETAG], request=ProjectCreateInput, responses={201: ProjectOutput}
    )
    def post(self, request: Request) -> Response:
        """Begin a project; I become its owner."""
        project = project_create(actor=self.actor, **self.valid(ProjectCreateInput))
        shown = project_shown(self.actor, project.pk)
        return tagged(request, shown, code=status.HTTP_201_CREATED, location=f"{request.path}/{project.pk}")


class ProjectView(ApiView):
    """`GET`, `PATCH` and `DELETE /projects/{id}`."""

    @extend_schema(operation_id="projects_read", parameters=READ, responses={200: ProjectOutput, 304: UNCHANGED})
    def get(self, request: Request, project_id: UUID) -> Response:
        """One project with what I may do in it."""
        return tagged(request, project_shown(self.actor, project_id))

    @extend_schema(
        operation_id="projects_update", parameters=CHANGE, request=ProjectUpdateInput, responses=ProjectOutput
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Change title, brief, language or status. `If-Match` is honoured when given."""
        expected = version_if_given(request, project_id)
        given = self.valid(ProjectUpdateInput, partial=True)
        project_update(actor=self.actor, project_id=project_id, expected_version=expected, **given)
        return tagged(request, project_shown(self.actor, project_id))

    @extend_schema(operation_id="projects_delete", parameters=[IF_MATCH_OPTIONAL], responses={204: None})
    def delete(self, request: Request, project_id: UUID) -> Response:
        """Delete the project for everybody. `If-Match` is honoured when given."""
        project_delete(actor=self.actor, project_id=project_id, expected_version=version_if_given(request, project_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
