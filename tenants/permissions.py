"""Who may do what with organisations and people."""

from uuid import UUID

from config.kernel.context import Actor
from config.kernel.errors import PermissionDenied
from tenants.choices import MemberRole
from tenants.models import Membership, User


def require_operator(actor: Actor) -> None:
    """Only the system itself and active platform operators.

    Raises:
        PermissionDenied: for everybody else, admins of organisations included.
    """
    if actor.user_id is None:
        return
    if not User.objects.filter(pk=actor.user_id, is_active=True, is_superuser=True).exists():
        raise PermissionDenied


def is_admin(actor: Actor, tenant_id: UUID) -> bool:
    """Whether the person is admin of this organisation at this moment, by the database."""
    if actor.user_id is None:
        return False
    admins = Membership.objects.filter(tenant_id=tenant_id, role=MemberRole.ADMIN, is_active=True)
    return admins.filter(user_id=actor.user_id, user__is_active=True).exists()


def require_admin(actor: Actor, tenant_id: UUID) -> None:
    """Only the system itself and those who are admin of this organisation at this moment, by the database.

    Raises:
        PermissionDenied: for everybody else, platform operators included.
    """
    if actor.user_id is not None and not is_admin(actor, tenant_id):
        raise PermissionDenied
