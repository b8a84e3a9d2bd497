"""Giving and taking roles. The grant's row and guardian's projection of it change in one transaction."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services.events import security_event
from collaboration.exceptions import LastHolder
from collaboration.models import RoleGrant
from collaboration.permissions import TargetType
from collaboration.permissions import target_type as registered_type
from collaboration.services.projection import project_role
from config.kernel.context import Actor
from config.kernel.errors import NotFound, ValidationFailed
from tenants.models import User


def _refuse_to_orphan(target: TargetType, target_id: UUID, user_id: UUID) -> None:
    """Lock every holder of the kept role (in order of id, so that two can't wait for each other) and count.

    Raises:
        LastHolder: when nobody else holds it.
    """
    holders = list(
        RoleGrant.objects.select_for_update(no_key=True)
        .filter(target_type=target.label, target_id=target_id, role=target.keep_role)
        .order_by("id")
        .values_list("user_id", flat=True)
    )
    if holders == [user_id]:
        raise LastHolder(details={"role": target.keep_role})


@transaction.atomic
def role_grant(*, actor: Actor, target_type: str, target_id: UUID, user_id: UUID, role: str) -> RoleGrant:
    """Give a person a role on a target, or change the one they have.

    Whether `actor` may do so is decided by the target's app; whether the person belongs to the organisation, too.

    Raises:
        ValidationFailed: unknown type, role or person.
        LastHolder: when the change would leave the kept role without a holder.
    """
    target = registered_type(target_type)
    target.abilities_of(role)
    if not User.objects.filter(id=user_id, is_active=True).exists():
        raise ValidationFailed.field("user", _("There is no such person."))
    if role != target.keep_role:
        _refuse_to_orphan(target, target_id, user_id)
    grant, _created = RoleGrant.objects.update_or_create(
        target_type=target.label,
        target_id=target_id,
        user_id=user_id,
        defaults={"role": role, "granted_by_id": actor.user_id},
    )
    project_role(target, target_id=target_id, user_id=user_id, role=role)
    _record("role.granted", actor, target, target_id, user=user_id, role=role)
    return grant


def _record(action: str, actor: Actor, target: TargetType, target_id: UUID, **metadata: object) -> None:
    security_event(action=action, actor=actor, target_type=target.label, target_id=target_id, metadata=metadata)


@transaction.atomic
def role_revoke(*, actor: Actor, target_type: str, target_id: UUID, user_id: UUID) -> None:
    """Take a person's role on a target away.

    Raises:
        NotFound: when they hold none.
        LastHolder: when they are the last to hold the kept role.
    """
    target = registered_type(target_type)
    _refuse_to_orphan(target, target_id, user_id)
    found = RoleGrant.objects.filter(target_type=target.label, target_id=target_id, user_id=user_id).first()
    if found is None:
        raise NotFound
    found.delete()
    project_role(target, target_id=target_id, user_id=user_id, role=None)
    _record("role.revoked", actor, target, target_id, user=user_id, role=found.role)


def roles_forget(*, target_type: str, target_id: UUID) -> int:
    """Remove every role on a target that is being deleted for good, and return how many there were.

    Guardian's rows go by their own foreign key.
    """
    removed, _by_model = RoleGrant.objects.filter(target_type=target_type, target_id=target_id).delete()
    return removed
