"""Handing a project to another owner."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services.events import security_event
from collaboration.selectors.roles import holders_of
from collaboration.services.roles import role_grant
from config.kernel.context import Actor, current_context
from config.kernel.errors import NotFound, ValidationFailed
from projects.choices import Ability, ProjectRole
from projects.constants import PROJECT_TRANSFERRED, PROJECT_TYPE
from projects.models import Project
from projects.permissions import require
from tenants.permissions import is_admin
from tenants.selectors.directory import access_of


@transaction.atomic
def project_transfer(*, actor: Actor, project_id: UUID, user_id: UUID) -> None:
    """Make somebody of the organisation the project's owner; those who owned it become editors.

    An owner may do this, and an admin of the organisation, who needs no role on the project and gets none by it.

    Raises:
        NotFound: when the project does not exist, or not for the actor.
        PermissionDenied: when the actor sees it and is neither owner nor admin.
        ValidationFailed: when the person is no active member of the organisation, or the admin would take it.
    """
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id, deleted_at__isnull=True).first()
    if project is None:
        raise NotFound
    tenant_id = current_context().tenant_id
    holders = holders_of(target_type=PROJECT_TYPE, target_id=project.pk)
    owns = actor.is_system or holders.get(actor.user_id or project.pk) == ProjectRole.OWNER
    if not owns and not (tenant_id is not None and is_admin(actor, tenant_id)):
        require(actor, Ability.MANAGE_MEMBERS, project)
    if not owns and user_id == actor.user_id:
        raise ValidationFailed.field("user", _("An admin hands a project to somebody else, not to themselves."))
    if tenant_id is None or access_of(user_id, tenant_id) is None:
        raise ValidationFailed.field("user", _("This person does not belong to the organisation."))
    former = [holder for holder, role in holders.items() if role == ProjectRole.OWNER and holder != user_id]
    changes = [(user_id, ProjectRole.OWNER), *((holder, ProjectRole.EDITOR) for holder in former)]
    for holder, role in changes:
        role_grant(actor=actor, target_type=PROJECT_TYPE, target_id=project.pk, user_id=holder, role=role)
    security_event(
        action=PROJECT_TRANSFERRED,
        actor=actor,
        target_type="project",
        target_id=project.pk,
        metadata={"to": str(user_id), "from": [str(holder) for holder in former]},
    )
