"""Who may do what in a project: the one table of roles and abilities, and the one way to enforce it.

What a person can't see does not exist for them (404); what they see and may not do is refused (403). Nothing but the
role on the project counts: not being a platform operator, nor a group, nor a global permission.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from collaboration.permissions import TargetType
from collaboration.selectors.roles import role_of
from config.kernel.context import Actor
from config.kernel.errors import NotFound, PermissionDenied
from projects.choices import Ability, ProjectRole
from projects.constants import PROJECT_TYPE
from projects.models import Project

ROLES: dict[str, frozenset[str]] = {
    ProjectRole.OWNER.value: frozenset(Ability.values),
    ProjectRole.EDITOR.value: frozenset({"view", "comment", "edit", "generate", "export"}),
    ProjectRole.VIEWER.value: frozenset({"view"}),
}

# The ability on the project that each ability on a thing below it needs.
DOCUMENT_ABILITIES = {"view": "view", "comment": "comment", "edit": "edit", "approve": "approve", "delete": "edit"}
TASK_ABILITIES = {"view": "view", "edit": "edit", "delete": "edit"}

ALL = frozenset(Ability.values)
NONE: frozenset[str] = frozenset()

TARGET = TargetType(label=PROJECT_TYPE, abilities=tuple(Ability.values), roles=ROLES, keep_role=ProjectRole.OWNER.value)


def abilities_of_role(role: str | None) -> frozenset[str]:
    """What a role allows; no role allows nothing."""
    return ROLES.get(role, NONE) if role else NONE


def abilities_of(actor: Actor, project: Project) -> frozenset[str]:
    """What `actor` may do with the project and everything below it. The system may do everything."""
    if actor.is_system:
        return ALL
    return abilities_of_role(project_role(actor, project.pk))


def project_role(actor: Actor, project_id: UUID) -> str | None:
    """The person's role on the project, or None; the system has none."""
    if actor.user_id is None:
        return None
    return role_of(user_id=actor.user_id, target_type=PROJECT_TYPE, target_id=project_id)


def require(actor: Actor, ability: str, project: Project) -> None:
    """Let `actor` pass only with `ability` on the project.

    Raises:
        NotFound: when the project is deleted or the actor can't see it.
        PermissionDenied: when they see it and lack the ability.
    """
    if project.deleted_at is not None:
        raise NotFound
    held = abilities_of(actor, project)
    if Ability.VIEW not in held:
        raise NotFound
    if ability not in held:
        raise PermissionDenied(details={"ability": str(ability)})


# The three below are shown in every answer; the same few dictionaries serve all of them. Never change one.


@lru_cache(maxsize=64)
def project_abilities_shown(role: str | None) -> dict[str, Any]:
    """Every ability on a project as `{ability: bool}`; role None is the system's and has all."""
    held = ALL if role is None else abilities_of_role(role)
    return {ability: ability in held for ability in Ability.values}


@lru_cache(maxsize=64)
def document_abilities_shown(role: str | None) -> dict[str, Any]:
    """Every ability on a document of a project on which the reader has `role`."""
    held = ALL if role is None else abilities_of_role(role)
    return {ability: needed in held for ability, needed in DOCUMENT_ABILITIES.items()}


@lru_cache(maxsize=64)
def task_abilities_shown(role: str | None) -> dict[str, Any]:
    """Every ability on a board task of a project on which the reader has `role`."""
    held = ALL if role is None else abilities_of_role(role)
    return {ability: needed in held for ability, needed in TASK_ABILITIES.items()}
