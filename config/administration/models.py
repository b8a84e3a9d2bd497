"""Bases of every page of the admin: which face shows it, and that it changes nothing but through services."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin, TabularInline
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from config.administration.site import may_enter, tenant_of
from config.kernel.commands import sentence_of
from config.kernel.errors import AppError
from tenants.models import User

Row = Any
EMPTY = "—"


def badge(text: Any, tone: str = "") -> SafeString:
    """A word in a coloured pill: tone `good`, `warn`, `bad` or none."""
    return format_html('<span class="badge {}">{}</span>', tone, text)


@cache
def person(name: str) -> Callable[[Row], str]:
    """A column or field that shows the person in the foreign key `name` as text."""

    def shown(row: Row) -> str:
        found: User | None = getattr(row, name)
        return str(found) if found is not None else EMPTY

    shown.short_description = name.replace("_", " ")  # type: ignore[attr-defined]
    shown.admin_order_field = f"{name}__email"  # type: ignore[attr-defined]
    return shown


class _ReadOnly:
    """Shows rows to those who may enter, on one face, and changes none."""

    on_platform: ClassVar[bool]

    def _shown(self, request: HttpRequest) -> bool:
        tenant = tenant_of(request)
        return (tenant is None) == self.on_platform and may_enter(request.user, tenant)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the index names it."""
        return self._shown(request)

    def has_view_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether rows are shown."""
        return self._shown(request)

    def has_add_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Nothing is added unless a page says so."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Nothing is changed unless a page says so."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Nothing is deleted unless a page says so."""
        return False


class StudioModelAdmin(_ReadOnly, ModelAdmin):  # type: ignore[type-arg]
    """A page of the admin. What a service refuses is shown above it, in its sentence."""

    list_per_page = 50
    show_full_result_count = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of one row."""
        return self._said(
            request, lambda: super(StudioModelAdmin, self).changeform_view(request, object_id, form_url, extra_context)
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """The page that asks before it deletes."""
        return self._said(request, lambda: super(StudioModelAdmin, self).delete_view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list and its actions."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return self._said(request, lambda: super(StudioModelAdmin, self).changelist_view(request, context))

    def _said(self, request: HttpRequest, view: Any) -> HttpResponse:
        try:
            answer: HttpResponse = view()
        except AppError as error:
            self.message_user(request, sentence_of(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return answer

    def each(self, request: HttpRequest, rows: Any, step: Any, done: str) -> None:
        """Take a step with each row of an action; those that are refused do not stop the others."""
        fine = 0
        for row in rows:
            try:
                with transaction.atomic():
                    step(row)
            except AppError as error:
                self.message_user(request, f"{row}: {sentence_of(error)}", messages.ERROR)
            else:
                fine += 1
        if fine:
            self.message_user(request, done % {"count": fine}, messages.SUCCESS)


class PlatformAdmin(StudioModelAdmin):
    """A page of the platform's face."""

    on_platform = True


class OrganisationAdmin(StudioModelAdmin):
    """A page of an organisation's face: its own data, read by its admins."""

    on_platform = False
    change_form_template = "admin/read_only_change_form.html"

    def get_fields(self, request: HttpRequest, obj: Row = None) -> Any:
        """Every field that a person may understand; people as text, since their pages are the platform's."""
        hidden = set(self.get_exclude(request, obj) or ())
        shown = [field for field in self.opts.fields if field.editable and field.name not in hidden]
        return [person(field.name) if field.related_model is User else field.name for field in shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Row = None) -> Any:
        """All of them."""
        return self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Rows of this organisation; none at all when the connection stands elsewhere."""
        rows = super().get_queryset(request)
        return rows if self._shown(request) else rows.none()


class PlatformInline(_ReadOnly, TabularInline):  # type: ignore[type-arg]
    """Rows below a row, on the platform's face."""

    on_platform = True
    extra = 0
    can_delete = False


class OrganisationInline(_ReadOnly, TabularInline):  # type: ignore[type-arg]
    """Rows below a row, on an organisation's face."""

    on_platform = False
    extra = 0
    can_delete = False
