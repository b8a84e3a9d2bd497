"""The board's cards as every answer shows them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from projects.models import Task
from projects.permissions import task_abilities_shown
from projects.selectors.projects import role_on

LISTED = (
    "id", "project_id", "title", "description", "status", "order_index", "assignee_id", "agent", "document_id",
    "due_at", "version", "created_by_id", "created_at", "updated_at",
)  # fmt: skip
_REFERENCES = ("project", "assignee", "document", "created_by")


def tasks_listed(project_id: UUID) -> QuerySet[Task, dict[str, Any]]:
    """The rows of a project's cards. Whether the reader may see them was asked before."""
    found: QuerySet[Task, dict[str, Any]] = Task.objects.filter(project_id=project_id).values(*LISTED)
    return found


def task_row_shown(row: dict[str, Any], role: str | None) -> dict[str, Any]:
    """One row as an answer, for a reader with `role` on the project (None: the system)."""
    for name in _REFERENCES:
        row[name] = row.pop(f"{name}_id")
    row["agent"] = row["agent"] or None
    row["abilities"] = task_abilities_shown(role)
    return row


def task_shown(actor: Actor, task_id: UUID) -> dict[str, Any]:
    """One card.

    Raises:
        NotFound: when it does not exist for `actor`.
    """
    row = Task.objects.filter(pk=task_id).values(*LISTED).first()
    if row is None:
        raise NotFound
    return task_row_shown(row, role_on(actor, row["project_id"]))
