"""The record of who did what."""

from django.apps import AppConfig
from django.db.models.signals import pre_save


class AuditConfig(AppConfig):
    """Model history today; security events beside it."""

    name = "audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        """Name the actor of every entry."""
        from auditlog.models import LogEntry

        from audit.receivers import name_actor

        pre_save.connect(name_actor, sender=LogEntry, dispatch_uid="audit.name_actor")
