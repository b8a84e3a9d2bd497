"""Who gets a feature: rules that stand above the default in the code."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

FLAG_NAME_MAX = 63
SALT_MAX = 32
NOBODY, EVERYBODY = Decimal(0), Decimal(100)


class FlagUnit(models.TextChoices):
    """What a percentage counts."""

    PERSON = "person", _("people")
    ORGANISATION = "organisation", _("organisations")


class FlagRule(models.Model):
    """One rule of one flag: for everybody, for one organisation or for one person.

    `percentage` is 0 (off), 100 (on) or a share of `unit` in between, in steps of a hundredth. Another `salt` draws
    another share of the same size.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("flag"), max_length=FLAG_NAME_MAX)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    percentage = models.DecimalField(
        _("percentage"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(NOBODY), MaxValueValidator(EVERYBODY)],
    )
    unit = models.CharField(_("counted in"), max_length=16, choices=FlagUnit, default=FlagUnit.PERSON)
    salt = models.CharField(_("salt"), max_length=SALT_MAX, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("flag rule")
        verbose_name_plural = _("flag rules")
        ordering = ("name", "id")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("name", "tenant", "user"),
                nulls_distinct=False,
                name="tenants_flag_rule_is_unique",
                violation_error_message=_("There is a rule of this flag for them already."),
            ),
            models.CheckConstraint(
                name="tenants_flag_rule_has_one_scope",
                condition=Q(tenant__isnull=True) | Q(user__isnull=True),
                violation_error_message=_("A rule is for an organisation or for a person, not for both."),
            ),
            models.CheckConstraint(
                name="tenants_flag_rule_percentage",
                condition=Q(percentage__gte=NOBODY, percentage__lte=EVERYBODY),
                violation_error_message=_("A percentage lies between 0 and 100."),
            ),
            models.CheckConstraint(
                name="tenants_flag_rule_person_is_on_or_off",
                condition=Q(user__isnull=True) | Q(percentage__in=(NOBODY, EVERYBODY)),
                violation_error_message=_("For one person a flag is on or off."),
            ),
            models.CheckConstraint(
                name="tenants_flag_rule_unit",
                condition=Q(unit=FlagUnit.PERSON)
                | Q(unit=FlagUnit.ORGANISATION, tenant__isnull=True, user__isnull=True),
                violation_error_message=_("Organisations are counted by a rule for everybody alone."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.percentage} %"
