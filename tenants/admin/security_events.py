"""The record, read and never changed, on both faces of the admin: the platform's own and each organisation's."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.models import SecurityEvent
from audit.services.actions import registered_actions
from config.administration.models import OrganisationAdmin
from config.administration.site import may_enter, tenant_of


class ActionFilter(admin.SimpleListFilter):
    """The group of an action: what stands before its first dot. Known without asking the table."""

    title = _("action")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every group there is."""
        groups = sorted({name.partition(".")[0] for name in registered_actions()})
        return [(group, group) for group in groups]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The events of the group."""
        group = self.value()
        return queryset.filter(action__startswith=f"{group}.") if group else queryset


@admin.register(SecurityEvent)
class SecurityEventAdmin(OrganisationAdmin):
    """The events of the schema that the host stands for, newest first."""

    list_display = ("occurred_at", "action", "outcome", "actor_label", "target_type", "target_label", "address")
    list_filter = (ActionFilter, "outcome", "occurred_at")
    search_fields = ("actor_label", "target_label", "action", "=target_id", "=address")
    ordering = ("-id",)
    actions = None

    def _shown(self, request: HttpRequest) -> bool:
        """On both faces."""
        return may_enter(request.user, tenant_of(request))
