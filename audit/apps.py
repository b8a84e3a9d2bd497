"""The record of who did what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Model history today; security events beside it."""

    name = "audit"
    verbose_name = "Audit"
