"""What an organisation, its projects and its people may use, what they used, and what is set aside for them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from config.kernel.models import Row

DIGITS, DECIMALS = 20, 6


class QuotaScope(models.TextChoices):
    """Whose quota it is."""

    ORGANISATION = "organisation", _("organisation")
    PROJECT = "project", _("project")
    PERSON = "person", _("person")


class QuotaKind(models.TextChoices):
    """What is limited. Tokens and spend are counted by calendar month (UTC); the others are measured where they are."""

    JOBS_PER_MINUTE = "jobs_per_minute", _("jobs per minute")
    RUNNING_JOBS = "running_jobs", _("running jobs")
    TOKENS = "tokens", _("tokens")
    SPEND = "spend", _("spend")
    STORAGE = "storage", _("storage in bytes")
    MEMBERS = "members", _("members")


COUNTED = frozenset({QuotaKind.TOKENS, QuotaKind.SPEND})


class ReservationStatus(models.TextChoices):
    """Where a reservation is."""

    OPEN = "open", _("open")
    SETTLED = "settled", _("settled")
    RELEASED = "released", _("released")
    EXPIRED = "expired", _("expired")


def amount_field(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """A quantity of any kind: tokens, bytes, money."""
    return models.DecimalField(label, max_digits=DIGITS, decimal_places=DECIMALS, **options)


class Quota(Row):
    """A limit that an operator set. Without `subject_id` it holds for every project or person of the organisation."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="quotas", verbose_name=_("organisation")
    )
    scope = models.CharField(_("scope"), max_length=16, choices=QuotaScope, default=QuotaScope.ORGANISATION)
    subject_id = models.UUIDField(_("project or person"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=QuotaKind)
    limit = amount_field(_("limit"))

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        ordering = ("tenant", "scope", "kind")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("tenant", "scope", "subject_id", "kind"),
                name="tenants_quota_is_unique",
                nulls_distinct=False,
                violation_error_message=_("This quota exists."),
            ),
            models.CheckConstraint(
                name="tenants_quota_is_not_negative",
                condition=models.Q(limit__gte=0),
                violation_error_message=_("A quota is a number from 0 on."),
            ),
            models.CheckConstraint(
                name="tenants_quota_organisation_has_no_subject",
                condition=~models.Q(scope="organisation") | models.Q(subject_id__isnull=True),
                violation_error_message=_("A quota of the organisation names no project or person."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.kind} {self.limit}"


class QuotaUsage(models.Model):
    """What one subject used, and has reserved, of a counted kind in one month. Changed by conditional UPDATEs only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=16, choices=QuotaScope)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=QuotaKind)
    month = models.DateField()
    used = amount_field(_("used"), default=0)
    reserved = amount_field(_("reserved"), default=0)

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("tenant", "kind", "month", "scope", "subject_id"), name="tenants_quotausage_is_unique"
            ),
            models.CheckConstraint(
                name="tenants_quotausage_is_not_negative", condition=models.Q(used__gte=0, reserved__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.scope} {self.subject_id}: {self.used}"


class QuotaReservation(Row):
    """An amount set aside until it is settled, released, or expired. `reference` is the job that it is for."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=QuotaKind)
    project_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    reference = models.UUIDField(null=True)
    month = models.DateField()
    amount = amount_field(_("amount"))
    settled = amount_field(_("settled"), default=0)
    status = models.CharField(max_length=16, choices=ReservationStatus, default=ReservationStatus.OPEN)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ("-id",)
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=("reference",), name="tenants_reservation_of"),
            models.Index(
                fields=("tenant", "kind", "expires_at"),
                name="tenants_reservation_open",
                condition=models.Q(status="open"),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tenants_reservation_not_negative", condition=models.Q(amount__gte=0, settled__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.kind}, {self.status}"
