"""Who may do what with organisations and people."""

from config.kernel.context import Actor
from config.kernel.errors import PermissionDenied
from tenants.models import User


def require_operator(actor: Actor) -> None:
    """Only the system itself and active platform operators.

    Raises:
        PermissionDenied: for everybody else, admins of organisations included.
    """
    if actor.user_id is None:
        return
    if not User.objects.filter(pk=actor.user_id, is_active=True, is_superuser=True).exists():
        raise PermissionDenied
