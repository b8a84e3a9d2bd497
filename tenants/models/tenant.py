"""An organisation: one row here, one schema of its own."""

from typing import ClassVar, Never

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin
from uuid_utils.compat import uuid7

from tenants.choices import TenantStatus

SLUG_PATTERN = r"^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,61}[a-z0-9]$"


class Tenant(TenantMixin):
    """An organisation. The schema's name is made once and stays when the slug changes.

    Schemas are made by `tenants.services.provisioning`, never by saving: `auto_create_schema` is off.
    """

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.CharField(
        _("slug"),
        max_length=63,
        unique=True,
        validators=[RegexValidator(SLUG_PATTERN, _("Use 3 to 63 lower-case letters, digits and single hyphens."))],
    )
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(_("status"), max_length=16, choices=TenantStatus, default=TenantStatus.ACTIVE)
    suspended_reason = models.CharField(_("reason of suspension"), max_length=500, blank=True)
    delete_after = models.DateTimeField(_("deleted after"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("slug",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tenants_tenant_deleting_has_a_date",
                condition=~models.Q(status=TenantStatus.DELETING) | models.Q(delete_after__isnull=False),
                violation_error_message=_("An organisation that waits for deletion needs a date."),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def __enter__(self) -> Never:
        """Refuse `with tenant:`, whose stack all threads share: one thread would come back in another's organisation.

        Raises:
            TypeError: always.
        """
        raise TypeError("Use django_tenants.utils.tenant_context(tenant) instead of `with tenant:`")

    @property
    def is_active(self) -> bool:
        """True when the organisation is served."""
        return self.status == TenantStatus.ACTIVE
