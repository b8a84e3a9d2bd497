"""The record of who did what."""

from django.apps import AppConfig
from django.db.models.signals import pre_save


class AuditConfig(AppConfig):
    """Model history and, beside it, security events."""

    name = "audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        """Register this app's own actions; hear of refusals; name the actor of every entry of the history."""
        from auditlog.models import LogEntry

        from audit.receivers import name_actor, record_refusal
        from audit.services.actions import register_actions
        from config.kernel.api.errors import request_refused

        register_actions("access.denied", "audit.exported", "audit.pruned", "audit.retention_changed")

        request_refused.connect(record_refusal, dispatch_uid="audit.record_refusal")
        pre_save.connect(name_actor, sender=LogEntry, dispatch_uid="audit.name_actor")
