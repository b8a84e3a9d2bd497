"""Who belongs to which organisation, as what."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from tenants.choices import MemberRole


class Membership(models.Model):
    """One person in one organisation. Inactive rows stay, so that history keeps its names.

    Inactive without `removed_at` is suspended: an admin may let the person back in. Whoever was removed comes back by
    an invitation.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=16, choices=MemberRole, default=MemberRole.MEMBER)
    is_active = models.BooleanField(_("active"), default=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("tenant", "user")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("user", "tenant"),
                name="tenants_membership_is_unique",
                violation_error_message=_("This person belongs to the organisation already."),
            ),
            models.CheckConstraint(
                name="tenants_membership_removed_is_inactive",
                condition=models.Q(removed_at__isnull=True) | models.Q(is_active=False),
                violation_error_message=_("A removed person can't be an active member."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id} as {self.role}"
