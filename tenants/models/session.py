"""A signed-in device of a person in one organisation."""

import hashlib
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from tenants.choices import SessionEnd

USER_AGENT_MAX = 300


def password_mark_of(encoded: str) -> str:
    """The digest (hex) by which a session knows the password's hash that it was opened under."""
    return hashlib.sha256(encoded.encode("utf-8", "surrogatepass")).hexdigest()


class Session(models.Model):
    """One device's sign-in to one organisation, and the chain of refresh tokens that keeps it.

    Only SHA-256 digests of the newest refresh token and of its direct parent are stored. `family` names the sign-in:
    switching to another organisation opens a further session of the same family, and a replayed token ends them all.
    `password_mark` is the digest of the password's hash at sign-in: a password changed by any door ends the session.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    family = models.UUIDField(_("sign-in"), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("person")
    )
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="sessions", verbose_name=_("organisation")
    )
    user_agent = models.CharField(_("user agent"), max_length=USER_AGENT_MAX, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"))
    idle_expires_at = models.DateTimeField(_("ends unless used by"))
    expires_at = models.DateTimeField(_("ends at the latest"))
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=16, choices=SessionEnd, blank=True)
    notice_due = models.BooleanField(_("the person is still to be told"), default=False)

    generation = models.PositiveIntegerField(_("refreshes"), default=0)
    token_digest = models.CharField(max_length=64, editable=False)
    parent_digest = models.CharField(max_length=64, blank=True, editable=False)
    rotated_at = models.DateTimeField(_("newest token since"))
    password_mark = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-id",)
        indexes: ClassVar = [
            models.Index(fields=("family",), name="tenants_session_family"),
            models.Index(fields=("id",), name="tenants_session_notice_due", condition=models.Q(notice_due=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tenants_session_end_has_a_reason",
                condition=models.Q(revoked_at__isnull=True, revoked_reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_reason="")),
                violation_error_message=_("A session that ended needs a time and a reason."),
            ),
            models.CheckConstraint(
                name="tenants_session_idle_within_absolute",
                condition=models.Q(idle_expires_at__lte=models.F("expires_at")),
                violation_error_message=_("A session can't be idle beyond its end."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id}, {self.user_agent or 'unknown device'}"
