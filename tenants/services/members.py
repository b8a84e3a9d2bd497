"""What admins of an organisation do with its members, and how somebody leaves."""

from uuid import UUID

from django.db import transaction

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import NotFound
from tenants.constants import MEMBER_CHANGED, MEMBER_REMOVED
from tenants.models import Membership
from tenants.permissions import require_admin
from tenants.selectors import directory
from tenants.selectors.members import members_of
from tenants.services.people import membership_adjust, tenant_locked


def member_change(
    *, actor: Actor, tenant_id: UUID, member_id: UUID, role: str | None = None, is_active: bool | None = None
) -> Membership:
    """Make a member admin or not, suspend them or let them back in. Their sessions here end.

    The organisation's row is locked, so that of two admins who demote each other one stays.

    Raises:
        PermissionDenied: when the actor is no admin of the organisation.
        NotFound: when it has no such member.
        ValidationFailed: for a role that does not exist.
        LastAdmin: when nobody would be left to administer it.
    """
    with transaction.atomic():
        tenant_locked(tenant_id)
        require_admin(actor, tenant_id)
        row = membership_adjust(_member(tenant_id, member_id), role=role, is_active=is_active)
        _record(MEMBER_CHANGED, actor, row, role=row.role, is_active=row.is_active)
    directory.forget()
    return row


def member_remove(*, actor: Actor, tenant_id: UUID, member_id: UUID) -> None:
    """End a membership: an admin removes somebody, or a member leaves. Their sessions here end.

    Roles on projects stay noted and have no effect; should the person be invited again, they count again.

    Raises:
        NotFound: when the organisation has no such member, or the actor may not know.
        PermissionDenied: when the actor is an ordinary member and it is somebody else.
        LastAdmin: when nobody would be left to administer the organisation.
    """
    with transaction.atomic():
        tenant_locked(tenant_id)
        leaves = members_of(tenant_id).filter(pk=member_id, is_active=True).values_list("user_id", flat=True).first()
        if leaves is None or leaves != actor.user_id:
            require_admin(actor, tenant_id)
        row = membership_adjust(_member(tenant_id, member_id), removed=True)
        _record(MEMBER_REMOVED, actor, row)
    directory.forget()


def _record(action: str, actor: Actor, row: Membership, **metadata: object) -> None:
    security_event(
        action=action,
        actor=actor,
        target_type="person",
        target_id=row.user_id,
        target_label=row.user.email,
        metadata=metadata,
        schema=row.tenant.schema_name,
    )


def _member(tenant_id: UUID, member_id: UUID) -> Membership:
    row = members_of(tenant_id).filter(pk=member_id).first()
    if row is None:
        raise NotFound
    return row
