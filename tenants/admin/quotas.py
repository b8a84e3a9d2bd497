"""The platform's page of quotas: what an organisation, its projects and its people may use."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.administration.models import PlatformAdmin
from config.administration.site import actor_of
from tenants.admin.pages import CheckedForm
from tenants.models.quota import Quota, QuotaScope
from tenants.selectors.usage import KINDS
from tenants.services.quota_limits import quota_set


class QuotaForm(CheckedForm):
    """Whose, of what, and how much."""

    class Meta:
        model = Quota
        fields = ("tenant", "scope", "subject_id", "kind", "limit")
        help_texts = {
            "subject_id": _("The id of one project or person. Empty: for every one of them."),
            "limit": _("0 admits nothing. Without a quota the default of the settings holds."),
        }

    def clean(self) -> dict[str, Any]:
        """A scope that has this kind."""
        typed: dict[str, Any] = super().clean() or {}
        scope, kind = typed.get("scope"), typed.get("kind")
        if scope and kind and kind not in KINDS[QuotaScope(scope)]:
            raise forms.ValidationError({"kind": _("Only an organisation has members.")})
        return typed


@admin.register(Quota)
class QuotaAdmin(PlatformAdmin):
    """Quotas that differ from the default."""

    list_display = ("tenant", "scope", "subject_id", "kind", "limit", "updated_at")
    list_filter = ("scope", "kind")
    search_fields = ("tenant__slug", "tenant__name")
    list_select_related = ("tenant",)
    autocomplete_fields = ("tenant",)
    form = QuotaForm

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators set quotas."""
        return self._shown(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators change them."""
        return self._shown(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators take them away."""
        return self._shown(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose quota it is, and of what, stays."""
        return ("tenant", "scope", "subject_id", "kind") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Quota, form: Any, change: bool) -> None:
        """Set it."""
        made = quota_set(
            actor=actor_of(request),
            tenant_id=obj.tenant_id,
            scope=obj.scope,
            kind=obj.kind,
            limit=obj.limit,
            subject_id=obj.subject_id,
        )
        if made is not None:
            obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Quota) -> None:
        """Take it away: the default holds again."""
        quota_set(
            actor=actor_of(request),
            tenant_id=obj.tenant_id,
            scope=obj.scope,
            kind=obj.kind,
            limit=None,
            subject_id=obj.subject_id,
        )

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Take several away."""
        for row in queryset:
            self.delete_model(request, row)
