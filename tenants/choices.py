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


class LinkPurpose(models.TextChoices):
    """What a link that came by mail is good for."""

    INVITATION = "invitation", _("invitation to an organisation")
    PASSWORD_RESET = "password_reset", _("new password")
    EMAIL = "email", _("verification of an e-mail address")
    SIGN_UP = "sign_up", _("sign-up of an organisation")


class ArchiveStatus(models.TextChoices):
    """Where an archive of an organisation is."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


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
