"""States and roles of organisations."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TenantStatus(models.TextChoices):
    """Where an organisation is in its life."""

    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    DELETING = "deleting", _("waiting for deletion")


class MemberRole(models.TextChoices):
    """What a person is to an organisation."""

    ADMIN = "admin", _("admin")
    MEMBER = "member", _("member")


class SessionEnd(models.TextChoices):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out", _("signed out")
    REVOKED = "revoked", _("revoked by the person")
    REUSED = "reused", _("a spent refresh token came again")
    PASSWORD = "password", _("the password was changed")
    MEMBERSHIP = "membership", _("the membership ended")
    DEACTIVATED = "deactivated", _("the person was deactivated")


class SchemaState(models.TextChoices):
    """How the last migration of a schema ended."""

    CURRENT = "current", _("up to date")
    FAILED = "failed", _("failed")
