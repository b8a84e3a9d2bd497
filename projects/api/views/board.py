"""The board: cards of a project."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from projects.api.answers import filtered, tagged, version_if_given
from projects.api.serializers.headers import CHANGE, ETAG, IF_MATCH_OPTIONAL, READ, UNCHANGED
from projects.api.serializers.inputs import TaskCreateInput, TaskFilters, TaskMoveInput, TaskUpdateInput
from projects.api.serializers.outputs import TaskOutput
from projects.models import Project
from projects.selectors.board import task_row_shown, task_shown, tasks_listed
from projects.selectors.projects import role_on
from projects.services.board import task_create, task_delete, task_move, task_update


def _as_fields(given: dict[str, Any]) -> dict[str, Any]:
    """The names of the API as those of the service."""
    names = {"assignee": "assignee_id", "document": "document_id"}
    fields = {names.get(name, name): value for name, value in given.items()}
    if "agent" in fields:
        fields["agent"] = fields["agent"] or ""
    return fields


class TaskList(ApiView):
    """`GET` and `POST /projects/{id}/tasks`."""

    ordering: ClassVar = "order_index"
    ordering_fields: ClassVar = ("created_at", "id", "order_index", "title", "updated_at")

    @extend_schema(operation_id="tasks_list", parameters=[TaskFilters], responses=TaskOutput(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """The cards of the board, by position in their columns."""
        role = role_on(self.actor, project_id)
        page = CursorPage()
        rows = page.paginate_queryset(filtered(self, tasks_listed(project_id), TaskFilters), request, self)
        return page.get_paginated_response([task_row_shown(row, role) for row in rows])

    @extend_schema(operation_id="tasks_create", parameters=[ETAG], request=TaskCreateInput, responses={201: TaskOutput})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Add a card, at the end of its column or at a position."""
        given = _as_fields(self.valid(TaskCreateInput))
        task = task_create(actor=self.actor, project=Project(pk=project_id), **given)
        shown = task_shown(self.actor, task.pk)
        return tagged(request, shown, code=status.HTTP_201_CREATED, location=f"/api/v1/tasks/{task.pk}")


class TaskView(ApiView):
    """`GET`, `PATCH` and `DELETE /tasks/{id}`."""

    @extend_schema(operation_id="tasks_read", parameters=READ, responses={200: TaskOutput, 304: UNCHANGED})
    def get(self, request: Request, task_id: UUID) -> Response:
        """One card."""
        return tagged(request, task_shown(self.actor, task_id))

    @extend_schema(operation_id="tasks_update", parameters=CHANGE, request=TaskUpdateInput, responses=TaskOutput)
    def patch(self, request: Request, task_id: UUID) -> Response:
        """Change a card. `If-Match` is honoured when given."""
        expected = version_if_given(request, task_id)
        given = _as_fields(self.valid(TaskUpdateInput, partial=True))
        task_update(actor=self.actor, task_id=task_id, expected_version=expected, **given)
        return tagged(request, task_shown(self.actor, task_id))

    @extend_schema(operation_id="tasks_delete", parameters=[IF_MATCH_OPTIONAL], responses={204: None})
    def delete(self, request: Request, task_id: UUID) -> Response:
        """Remove a card. `If-Match` is honoured when given."""
        task_delete(actor=self.actor, task_id=task_id, expected_version=version_if_given(request, task_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TaskMoveView(ApiView):
    """`POST /tasks/{id}/move`."""

    @extend_schema(operation_id="tasks_move", parameters=[ETAG], request=TaskMoveInput, responses=TaskOutput)
    def post(self, request: Request, task_id: UUID) -> Response:
        """Move a card to a column, before or after another card, or to the column's end."""
        task_move(actor=self.actor, task_id=task_id, **self.valid(TaskMoveInput))
        return tagged(request, task_shown(self.actor, task_id))
