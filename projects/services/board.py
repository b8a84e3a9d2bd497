"""The board: adding, changing, moving and removing cards."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.history import record_change
from config.kernel.context import Actor
from config.kernel.errors import NotFound, ValidationFailed, VersionConflict
from projects.choices import Ability, Agent, TaskStatus
from projects.constants import DESCRIPTION_MAX_CHARACTERS
from projects.models import Document, Project, Task
from projects.permissions import project_role
from projects.services import ordering
from projects.services.access import project_for, require_active, task_for
from projects.services.texts import checked_choice, line, paragraphs

FIELDS = ("title", "description", "assignee_id", "agent", "document_id", "due_at")


def column_of(project_id: UUID, status: str) -> QuerySet[Task, Task]:
    """The cards of one column."""
    return Task.objects.filter(project_id=project_id, status=status)


def _checked_assignee(project: Project, user_id: UUID | None) -> UUID | None:
    """The person, when they have a role in the project.

    Raises:
        ValidationFailed: otherwise.
    """
    if user_id is None:
        return None
    if project_role(Actor(user_id=user_id), project.pk) is None:
        raise ValidationFailed.field("assignee", _("This person has no role in the project."))
    return user_id


def _checked_document(project: Project, document_id: UUID | None) -> UUID | None:
    """The document, when it stands in the project.

    Raises:
        ValidationFailed: otherwise.
    """
    if document_id is None:
        return None
    if not Document.objects.filter(pk=document_id, project_id=project.pk, deleted_at__isnull=True).exists():
        raise ValidationFailed.field("document", _("There is no such document in this project."))
    return document_id


def _checked(project: Project, given: dict[str, Any]) -> dict[str, Any]:
    """The given fields, each checked."""
    checks: dict[str, Callable[[Any], Any]] = {
        "title": lambda value: line("title", value),
        "description": lambda value: paragraphs("description", value, most_bytes=DESCRIPTION_MAX_CHARACTERS * 4),
        "assignee_id": lambda value: _checked_assignee(project, value),
        "agent": lambda value: checked_choice("agent", value, ["", *Agent.values]),
        "document_id": lambda value: _checked_document(project, value),
        "due_at": lambda value: value,
    }
    return {name: checks[name](value) for name, value in given.items()}


def _refuse_two_doers(assignee_id: UUID | None, agent: str) -> None:
    """A card is done by a person or by an agent.

    Raises:
        ValidationFailed: when both are named.
    """
    if assignee_id is not None and agent:
        raise ValidationFailed.field("agent", _("A task belongs to a person or to an agent, not to both."))


@transaction.atomic
def task_create(
    *,
    actor: Actor,
    project: Project,
    title: str,
    description: str = "",
    status: str = TaskStatus.TODO,
    assignee_id: UUID | None = None,
    agent: str = "",
    document_id: UUID | None = None,
    due_at: datetime | None = None,
    order_index: int | None = None,
) -> Task:
    """Add a card to a column: at `order_index` (from 1; those behind move on), or at the end.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ProjectInactive: in an archived or cancelled project.
        ValidationFailed: for a value that is not allowed, a person without a role, a document of another project.
    """
    locked = project_for(actor, Ability.EDIT, project.pk, lock=True)
    require_active(locked)
    status = checked_choice("status", status, TaskStatus.values)
    values = _checked(
        locked,
        {
            "title": title,
            "description": description,
            "assignee_id": assignee_id,
            "agent": agent,
            "document_id": document_id,
            "due_at": due_at,
        },
    )
    _refuse_two_doers(assignee_id, agent)
    position = ordering.make_room(column_of(locked.pk, status), order_index)
    return Task.objects.create(
        project=locked, status=status, order_index=position, created_by_id=actor.user_id, **values
    )


def _refuse_stale(task: Task, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != task.version:
        raise VersionConflict(
            details={"current_version": task.version, "changed_by": None, "changed_at": task.updated_at}
        )


@transaction.atomic
def task_update(
    *, actor: Actor, task_id: UUID, expected_version: int | None = None, status: str | None = None, **fields: Any
) -> Task:
    """Change the fields given: title, description, assignee_id, agent, document_id, due_at; None empties the last four.

    `status` moves the card to the end of that column.

    Raises:
        NotFound, PermissionDenied, ProjectInactive, ValidationFailed: as `task_create`.
        VersionConflict: when `expected_version` is given and is not the present one.
        TypeError: for a field that does not exist.
    """
    if strangers := sorted(set(fields) - set(FIELDS)):
        raise TypeError(f"unknown fields {strangers}; known are {FIELDS}")
    task = _locked_task(actor, task_id)
    _refuse_stale(task, expected_version)
    if fields.get("agent", "") is None:
        fields["agent"] = ""
    values = _checked(task.project, fields)
    changed = {name: value for name, value in values.items() if getattr(task, name) != value}
    for name, value in changed.items():
        setattr(task, name, value)
    _refuse_two_doers(task.assignee_id, task.agent)
    if changed:
        task.version += 1
        columns = [name.removesuffix("_id") for name in changed]
        task.save(update_fields=[*columns, "version", "updated_at"])
    if status is not None and status != task.status:
        _land(task, checked_choice("status", status, TaskStatus.values), None)
    return task


def _locked_task(actor: Actor, task_id: UUID) -> Task:
    """The card, with its project's row held: positions and fields change one writer after the other."""
    found = task_for(actor, Ability.EDIT, task_id)
    project = project_for(actor, Ability.EDIT, found.project_id, lock=True)
    require_active(project)
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFound
    task.project = project
    return task


def _anchor(task: Task, column: str, field: str, anchor_id: UUID) -> Task:
    """The card beside which another one is put.

    Raises:
        ValidationFailed: when it is the card itself, or does not stand in that column of the project.
    """
    if anchor_id == task.pk:
        raise ValidationFailed.field(field, _("A task can't be moved beside itself."))
    anchor = column_of(task.project_id, column).filter(pk=anchor_id).first()
    if anchor is None:
        raise ValidationFailed.field(field, _("There is no such task in this column of the project."))
    return anchor


def _land(task: Task, column: str, position: int | None) -> None:
    """Put the card at `position` of `column` (None: at its end) and close the place it leaves."""
    start, origin = task.order_index, task.status
    target = column_of(task.project_id, column)
    if column == origin:
        end = ordering.last_position(target) if position is None else position
        ordering.move_within(target, pk=task.pk, start=start, end=end)
    else:
        end = ordering.make_room(target, position)
        Task.objects.filter(pk=task.pk).update(status=column, order_index=end, updated_at=timezone.now())
        ordering.close_gap(column_of(task.project_id, origin), start)
    if (column, end) == (origin, start):
        return
    task.status, task.order_index = column, end
    record_change(task, {"status": (origin, column), "order_index": (start, end)})


@transaction.atomic
def task_move(
    *,
    actor: Actor,
    task_id: UUID,
    status: str | None = None,
    before: UUID | None = None,
    after: UUID | None = None,
) -> Task:
    """Put a card into a column (`status`; None: the one it is in), before or after another card, or at its end.

    Raises:
        NotFound, PermissionDenied, ProjectInactive: as `task_create`.
        ValidationFailed: for an unknown column, two neighbours, or one that does not stand in the column.
    """
    if before is not None and after is not None:
        raise ValidationFailed.field("before", _("Name at most one of: before, after."))
    task = _locked_task(actor, task_id)
    column = task.status if status is None else checked_choice("status", status, TaskStatus.values)
    neighbour = after if after is not None else before
    if neighbour is None:
        _land(task, column, None)
        return task
    anchor = _anchor(task, column, "after" if after is not None else "before", neighbour)
    start = task.order_index if column == task.status else None
    _land(task, column, ordering.position_beside(anchor=anchor.order_index, after=after is not None, start=start))
    return task


@transaction.atomic
def task_delete(*, actor: Actor, task_id: UUID, expected_version: int | None = None) -> None:
    """Remove a card and close its place.

    Raises:
        NotFound, PermissionDenied, ProjectInactive: as `task_create`.
        VersionConflict: when `expected_version` is given and is not the present one.
    """
    task = _locked_task(actor, task_id)
    _refuse_stale(task, expected_version)
    column, position = column_of(task.project_id, task.status), task.order_index
    task.delete()
    ordering.close_gap(column, position)
