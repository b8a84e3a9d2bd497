"""Finding what a write is about, and refusing it where it must not happen: before anything is changed."""

from uuid import UUID

from django.db.models import QuerySet

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from projects.choices import ProjectStatus
from projects.exceptions import ProjectInactive
from projects.models import Document, Project, Task
from projects.permissions import require


def require_active(project: Project) -> None:
    """Refuse to write where nothing is written any more.

    Raises:
        ProjectInactive: when the project is archived or cancelled.
    """
    if project.status != ProjectStatus.ACTIVE:
        raise ProjectInactive(details={"status": project.status})


def project_for(actor: Actor, ability: str, project_id: UUID, *, lock: bool = False) -> Project:
    """The project, when `actor` has `ability` on it.

    With `lock`, its row is held until the end of the transaction, so that positions below it are given out one after
    the other. `no_key` lets rows that only refer to it be written meanwhile.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
    """
    projects: QuerySet[Project, Project] = Project.objects.filter(deleted_at__isnull=True)
    if lock:
        projects = projects.select_for_update(no_key=True)
    project = projects.filter(pk=project_id).first()
    if project is None:
        raise NotFound
    require(actor, ability, project)
    return project


def document_for(actor: Actor, ability: str, document_id: UUID) -> Document:
    """The document with its project, when `actor` has `ability` on the latter.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
    """
    found = Document.objects.filter(pk=document_id, deleted_at__isnull=True).select_related("project").first()
    if found is None:
        raise NotFound
    require(actor, ability, found.project)
    document: Document = found
    return document


def task_for(actor: Actor, ability: str, task_id: UUID) -> Task:
    """The task with its project, when `actor` has `ability` on the latter.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
    """
    found = Task.objects.filter(pk=task_id).select_related("project").first()
    if found is None:
        raise NotFound
    require(actor, ability, found.project)
    return found
