"""Documents as every answer shows them: alone with their text, in lists without."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from projects.choices import DocumentKind
from projects.constants import PROJECT_TYPE
from projects.models import Document
from projects.permissions import document_abilities_shown

_COLUMNS = (
    "id", "project", "kind", "title", "body", "source", "order_index", "status", "version", "word_count", "created_by",
    "created_at", "updated_at", "role",
)  # fmt: skip
_SQL = f"""
SELECT d.id, d.project_id, d.kind, d.title, d.body, d.source, d.order_index, d.status, d.version, d.word_count,
       d.created_by_id, d.created_at, d.updated_at, g.role
  FROM projects_document d
  JOIN projects_project p ON p.id = d.project_id AND p.deleted_at IS NULL
  {{join}} collaboration_rolegrant g
    ON g.user_id = %s AND g.target_type = '{PROJECT_TYPE}' AND g.target_id = p.id
 WHERE d.id = %s AND d.deleted_at IS NULL
"""  # noqa: S608  (both parts are constants)
_FOR_PEOPLE, _FOR_SYSTEM = _SQL.format(join="JOIN"), _SQL.format(join="LEFT JOIN")

LISTED = (
    "id", "project_id", "kind", "title", "source", "order_index", "status", "version", "word_count", "created_by_id",
    "created_at", "updated_at",
)  # fmt: skip


def document_shown(actor: Actor, document_id: UUID) -> dict[str, Any]:
    """One document with its text.

    Raises:
        NotFound: when it does not exist for `actor`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOR_SYSTEM if actor.is_system else _FOR_PEOPLE, [actor.user_id, document_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    shown = dict(zip(_COLUMNS, row, strict=True))
    shown["abilities"] = document_abilities_shown(shown.pop("role"))
    return shown


def documents_listed(project_id: UUID) -> QuerySet[Document, dict[str, Any]]:
    """The rows of a project's documents, without their texts. Whether the reader may see them was asked before."""
    found: QuerySet[Document, dict[str, Any]] = Document.objects.filter(
        project_id=project_id, deleted_at__isnull=True
    ).values(*LISTED)
    return found


def listed_shown(row: dict[str, Any], role: str | None) -> dict[str, Any]:
    """One row of the list as an answer, for a reader with `role` on the project (None: the system)."""
    row["project"], row["created_by"] = row.pop("project_id"), row.pop("created_by_id")
    row["abilities"] = document_abilities_shown(role)
    return row


def manuscript_id(project_id: UUID) -> UUID | None:
    """The project's assembled text, or None before there is one."""
    found: UUID | None = (
        Document.objects.filter(project_id=project_id, kind=DocumentKind.MANUSCRIPT, deleted_at__isnull=True)
        .values_list("id", flat=True)
        .first()
    )
    return found
