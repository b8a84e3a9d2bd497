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
