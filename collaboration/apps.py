"""Roles on objects; later leases, events and live streams."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CollaborationConfig(AppConfig):
    """The app of working together."""

    name = "collaboration"
    verbose_name = "Collaboration"

    def ready(self) -> None:
        """Listen for the end of migrations; keep the history of roles."""
        from audit.services.actions import register_actions
        from audit.services.history import keep_history
        from collaboration.models import RoleGrant
        from collaboration.receivers import write_permission_rows

        post_migrate.connect(write_permission_rows, dispatch_uid="collaboration.permission_rows")
        register_actions("role.granted", "role.revoked")
        keep_history(RoleGrant)
