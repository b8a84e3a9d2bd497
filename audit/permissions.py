"""Who may read the record."""

from config.kernel.context import Actor
from config.kernel.errors import PermissionDenied


def require_reader(actor: Actor) -> None:
    """Only admins of the organisation, and the system itself.

    Raises:
        PermissionDenied: for everybody else.
    """
    if not (actor.is_system or actor.is_tenant_admin):
        raise PermissionDenied
