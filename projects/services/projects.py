"""Making, changing and deleting projects."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.events import security_event
from collaboration.services.roles import role_grant
from config.kernel.context import Actor
from config.kernel.errors import ValidationFailed, VersionConflict
from projects.choices import Ability, ProjectKind, ProjectRole, ProjectStatus
from projects.constants import PROJECT_TYPE
from projects.models import Project
from projects.models.brief import checked_brief
from projects.permissions import require
from projects.selectors.versions import author_of
from projects.services.access import project_for, require_active
from projects.services.texts import checked_choice, line

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def checked_language(value: object) -> str:
    """A language tag such as `en` or `pt-BR`.

    Raises:
        ValidationFailed: for anything else.
    """
    tag = line("language", value, most=16)
    if not _LANGUAGE.fullmatch(tag):
        raise ValidationFailed.field(
            "language", _("Expected a language tag such as en or pt-BR, found %(tag)r.") % {"tag": tag}
        )
    return tag


@transaction.atomic
def project_create(
    *, actor: Actor, kind: str, title: str, brief: dict[str, Any] | None = None, language: str = "en"
) -> Project:
    """Begin a project. Who creates it owns it: row, role and its projection are one transaction.

    Raises:
        ValidationFailed: for a kind, title, brief or language that is not allowed.
    """
    project = Project.objects.create(
        kind=checked_choice("kind", kind, ProjectKind.values),
        title=line("title", title),
        brief=checked_brief({} if brief is None else brief),
        language=checked_language(language),
        created_by_id=actor.user_id,
        updated_by_id=actor.user_id,
    )
    if actor.user_id is not None:
        role_grant(
            actor=actor,
            target_type=PROJECT_TYPE,
            target_id=project.pk,
            user_id=actor.user_id,
            role=ProjectRole.OWNER.value,
        )
    return project


def _refuse_stale(project: Project, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != project.version:
        raise VersionConflict(
            details={
                "current_version": project.version,
                "changed_by": author_of(project.updated_by, None),
                "changed_at": project.updated_at,
            }
        )


def _checked_changes(given: dict[str, Any]) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "title": lambda value: line("title", value),
        "brief": checked_brief,
        "language": checked_language,
        "status": lambda value: checked_choice("status", value, ProjectStatus.values),
    }
    return {name: checks[name](value) for name, value in given.items() if value is not None}


@transaction.atomic
def project_update(
    *,
    actor: Actor,
    project_id: UUID,
    expected_version: int | None = None,
    title: str | None = None,
    brief: dict[str, Any] | None = None,
    language: str | None = None,
    status: str | None = None,
) -> Project:
    """Change what is given; None leaves a field as it is. Changing nothing makes no version.

    `status` takes the ability to delete, the rest the ability to edit. An archived or cancelled project changes only
    its status, or the rest together with becoming active again.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ProjectInactive: when the project is not active and does not become so.
        ValidationFailed: for a value that is not allowed.
        VersionConflict: when `expected_version` is given and is not the present one.
    """
    project = project_for(actor, Ability.VIEW, project_id, lock=True)
    asked = _checked_changes({"title": title, "brief": brief, "language": language, "status": status})
    if status is not None:
        require(actor, Ability.DELETE, project)
    if set(asked) - {"status"} or not asked:
        require(actor, Ability.EDIT, project)
    _refuse_stale(project, expected_version)
    changed = {name: value for name, value in asked.items() if getattr(project, name) != value}
    if set(changed) - {"status"} and asked.get("status") != ProjectStatus.ACTIVE:
        require_active(project)
    if not changed:
        return project
    for name, value in changed.items():
        setattr(project, name, value)
    project.version += 1
    project.updated_by_id = actor.user_id
    project.save(update_fields=[*changed, "version", "updated_by", "updated_at"])
    return project


@transaction.atomic
def project_delete(*, actor: Actor, project_id: UUID, expected_version: int | None = None) -> None:
    """Take a project out of everybody's sight. Its rows stay until they are purged.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        VersionConflict: when `expected_version` is given and is not the present one.
    """
    project = project_for(actor, Ability.DELETE, project_id, lock=True)
    _refuse_stale(project, expected_version)
    project.deleted_at = timezone.now()
    project.updated_by_id = actor.user_id
    project.save(update_fields=["deleted_at", "updated_by", "updated_at"])
    security_event(
        action="project.deleted",
        actor=actor,
        target_type=PROJECT_TYPE,
        target_id=project.pk,
        target_label=project.title,
    )
