"""A link that somebody gets by mail and may use once."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from tenants.choices import LinkPurpose, MemberRole


class MailedLink(models.Model):
    """What a mailed token is good for. Only the token's SHA-256 is kept; it is made when the mail is sent.

    The row is written for every address alike, whether or not somebody has it: who reads the mail finds out.
    `payload` holds what the use of the link needs: for a sign-up slug, name and the password's hash; for a new
    password the mark of the old one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(_("purpose"), max_length=16, choices=LinkPurpose)
    email = models.EmailField(_("e-mail"), max_length=254)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=16, choices=MemberRole, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    payload = models.JSONField(default=dict, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=8)
    token_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("mailed link")
        verbose_name_plural = _("mailed links")
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("token_digest",),
                condition=~models.Q(token_digest=""),
                name="tenants_mailedlink_token_is_unique",
            ),
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                condition=models.Q(purpose=LinkPurpose.INVITATION, used_at__isnull=True, withdrawn_at__isnull=True),
                name="tenants_mailedlink_one_open_invitation",
                violation_error_message=_("This person is invited already."),
            ),
            models.CheckConstraint(
                name="tenants_mailedlink_invitation_is_somewhere",
                condition=~models.Q(purpose=LinkPurpose.INVITATION)
                | (models.Q(tenant__isnull=False) & ~models.Q(role="")),
                violation_error_message=_("An invitation needs an organisation and a role."),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("id",),
                name="tenants_mailedlink_due",
                condition=models.Q(sent_at__isnull=True, withdrawn_at__isnull=True, used_at__isnull=True),
            ),
            models.Index(fields=("purpose", "email"), name="tenants_mailedlink_of_email"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.email}"
