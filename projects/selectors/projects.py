"""Projects as every answer shows them. One statement each, as plain values: nothing is read more often."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from projects.constants import PROJECT_TYPE
from projects.permissions import project_abilities_shown

_COLUMNS = (
    "id", "kind", "title", "brief", "language", "status", "version", "created_by", "created_at", "updated_at", "role",
)  # fmt: skip
_COUNTS = ("documents", "chapters", "words", "tasks", "tasks_done")

# `{join}` is JOIN for people (no role: no row) and LEFT JOIN for the system, which has no role and sees all.
# `{which}` is one id or an array of ids: to plan for an array of one takes PostgreSQL half as long again.
_SQL = f"""
SELECT p.id, p.kind, p.title, p.brief::text, p.language, p.status, p.version, p.created_by_id, p.created_at,
       p.updated_at, g.role, d.documents, d.chapters, d.words, t.tasks, t.tasks_done
  FROM projects_project p
  {{join}} collaboration_rolegrant g
    ON g.user_id = %s AND g.target_type = '{PROJECT_TYPE}' AND g.target_id = p.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS documents,
              count(*) FILTER (WHERE kind = 'chapter') AS chapters,
              coalesce(sum(word_count) FILTER (WHERE kind IN ('chapter', 'article')), 0) AS words
         FROM projects_document WHERE project_id = p.id AND deleted_at IS NULL) d
 CROSS JOIN LATERAL (
       SELECT count(*) AS tasks, count(*) FILTER (WHERE status = 'done') AS tasks_done
         FROM projects_task WHERE project_id = p.id) t
 WHERE p.id = {{which}} AND p.deleted_at IS NULL
"""  # noqa: S608  (both parts are constants)
_MANY_FOR_PEOPLE, _MANY_FOR_SYSTEM = (_SQL.format(join=join, which="ANY(%s)") for join in ("JOIN", "LEFT JOIN"))
_ONE_FOR_PEOPLE, _ONE_FOR_SYSTEM = (_SQL.format(join=join, which="%s") for join in ("JOIN", "LEFT JOIN"))
_ROLE_SQL = f"""
SELECT g.role FROM projects_project p
  {{join}} collaboration_rolegrant g
    ON g.user_id = %s AND g.target_type = '{PROJECT_TYPE}' AND g.target_id = p.id
 WHERE p.id = %s AND p.deleted_at IS NULL
"""  # noqa: S608  (both parts are constants)
_ROLE_FOR_PEOPLE, _ROLE_FOR_SYSTEM = _ROLE_SQL.format(join="JOIN"), _ROLE_SQL.format(join="LEFT JOIN")


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    """One row of the statement as an answer. The brief goes from the database to the answer without being parsed."""
    shown = dict(zip(_COLUMNS, row, strict=False))
    shown["brief"] = orjson.Fragment(shown["brief"])
    shown["abilities"] = project_abilities_shown(shown["role"])
    shown["counts"] = dict(zip(_COUNTS, row[len(_COLUMNS) :], strict=True))
    return shown


def projects_shown(actor: Actor, project_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """The projects of these ids that exist for `actor`, in the order of the ids."""
    ids = list(project_ids)
    with connection.cursor() as cursor:
        cursor.execute(_MANY_FOR_SYSTEM if actor.is_system else _MANY_FOR_PEOPLE, [actor.user_id, ids])
        found = {row[0]: _shown(row) for row in cursor.fetchall()}
    return [found[project_id] for project_id in ids if project_id in found]


def project_shown(actor: Actor, project_id: UUID) -> dict[str, Any]:
    """One project.

    Raises:
        NotFound: when it does not exist for `actor`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_FOR_SYSTEM if actor.is_system else _ONE_FOR_PEOPLE, [actor.user_id, project_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    return _shown(row)


def role_on(actor: Actor, project_id: UUID) -> str | None:
    """The actor's role on a project that exists for them; the system's is None.

    Raises:
        NotFound: when it does not exist for `actor`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROLE_FOR_SYSTEM if actor.is_system else _ROLE_FOR_PEOPLE, [actor.user_id, project_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    return row[0]  # type: ignore[no-any-return]  # a cursor's rows have no types
