"""Exported files as every answer shows them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from projects.choices import Ability
from projects.models import Export
from projects.permissions import require

LISTED = (
    "id", "project_id", "format", "filename", "content_type", "size_bytes", "digest", "created_by_id", "created_at",
)  # fmt: skip


def exports_listed(project_id: UUID) -> QuerySet[Export, dict[str, Any]]:
    """The rows of a project's exports, without the files. Whether the reader may see them was asked before."""
    found: QuerySet[Export, dict[str, Any]] = Export.objects.filter(project_id=project_id).values(*LISTED)
    return found


def export_row_shown(row: dict[str, Any]) -> dict[str, Any]:
    """One row as an answer."""
    row["project"], row["created_by"] = row.pop("project_id"), row.pop("created_by_id")
    return row


def export_for(actor: Actor, export_id: UUID, *, ability: str) -> Export:
    """An export with its file, when `actor` has `ability` on its project.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
    """
    found = Export.objects.filter(pk=export_id).select_related("project").first()
    if found is None:
        raise NotFound
    require(actor, ability, found.project)
    return found


def export_shown(actor: Actor, export_id: UUID) -> dict[str, Any]:
    """One export without its file.

    Raises:
        NotFound: when it does not exist for `actor`.
    """
    found = Export.objects.filter(pk=export_id).select_related("project").defer("content").first()
    if found is None:
        raise NotFound
    require(actor, Ability.VIEW, found.project)
    return export_row_shown({name: getattr(found, name) for name in LISTED})
