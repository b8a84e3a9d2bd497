"""The platform's page of feature flags: their rules, changed by the services."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.administration.models import PlatformAdmin, badge
from config.administration.site import actor_of
from tenants.admin.pages import CheckedForm
from tenants.flags.registry import all_flags
from tenants.models import FlagRule
from tenants.models.flag import EVERYBODY, NOBODY
from tenants.services.flags import flag_clear, flag_set


def flag_choices() -> list[tuple[str, str]]:
    """Every registered flag with its sentence."""
    return [(flag.name, f"{flag.name}: {flag.description}") for flag in all_flags()]


class FlagRuleForm(CheckedForm):
    """Which flag, for whom, and how far."""

    name = forms.ChoiceField(label=_("Flag"), choices=flag_choices)

    class Meta:
        model = FlagRule
        fields = ("name", "tenant", "user", "percentage", "unit", "salt")
        help_texts = {
            "tenant": _("Neither an organisation nor a person: a rule for everybody. The nearest rule decides."),
            "percentage": _("0 is off, 100 is on; between, a stable share. For one person 0 or 100."),
            "unit": _("What a share counts. Organisations only in a rule for everybody."),
            "salt": _("Another one draws another share of the same size."),
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Whom an existing rule is for does not change: clear it and make another."""
        super().__init__(*arguments, **options)
        if not self.instance._state.adding:  # noqa: SLF001  (a new row has its key already)
            for name in ("name", "tenant", "user"):
                if name in self.fields:
                    self.fields[name].disabled = True


@admin.register(FlagRule)
class FlagRuleAdmin(PlatformAdmin):
    """Rules of feature flags."""

    list_display = ("name", "whom", "state", "unit", "salt", "updated_at")
    list_filter = ("name", ("tenant", admin.EmptyFieldListFilter), ("user", admin.EmptyFieldListFilter))
    search_fields = ("name", "tenant__slug", "tenant__name", "user__email")
    list_select_related = ("tenant", "user")
    autocomplete_fields = ("tenant", "user")
    form = FlagRuleForm

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators make rules."""
        return self._shown(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators change them, as far as the code knows the flag."""
        known = obj is None or obj.name in {flag.name for flag in all_flags()}
        return known and self._shown(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators clear them."""
        return self._shown(request)

    def save_model(self, request: HttpRequest, obj: FlagRule, form: Any, change: bool) -> None:
        """Make or change it."""
        typed = form.cleaned_data
        tenant, user = typed.get("tenant"), typed.get("user")
        rule = flag_set(
            actor=actor_of(request),
            name=typed["name"],
            percentage=typed["percentage"],
            tenant_id=tenant.pk if tenant else None,
            user_id=user.pk if user else None,
            unit=typed["unit"],
            salt=typed["salt"],
        )
        obj.__dict__.update(rule.__dict__)

    def delete_model(self, request: HttpRequest, obj: FlagRule) -> None:
        """Clear it."""
        flag_clear(actor=actor_of(request), name=obj.name, tenant_id=obj.tenant_id, user_id=obj.user_id)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Clear several."""
        for row in queryset:
            self.delete_model(request, row)

    @admin.display(description=_("for"))
    def whom(self, row: FlagRule) -> str:
        """Everybody, an organisation or a person."""
        return str(row.tenant or row.user or gettext("everybody"))

    @admin.display(description=_("state"), ordering="percentage")
    def state(self, row: FlagRule) -> str:
        """On, off or a share."""
        words = {NOBODY: (gettext("off"), "bad"), EVERYBODY: (gettext("on"), "good")}
        text, tone = words.get(Decimal(row.percentage), (f"{row.percentage.normalize():f} %", "warn"))
        return badge(text, tone)
