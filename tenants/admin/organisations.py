"""The platform's pages of organisations: where they answer, who belongs to them, and how far they are migrated."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.administration.models import PlatformAdmin, PlatformInline, badge
from config.administration.site import actor_of
from tenants.admin.pages import CheckedForm, SteppedAdmin
from tenants.choices import TenantStatus
from tenants.models import Domain, Membership, SchemaStatus, Tenant, User
from tenants.selectors.organisations import address_of_slug, schema_size_bytes
from tenants.services import fields, organisations
from tenants.services.passwords import password_checked

TONES = {TenantStatus.ACTIVE: "good", TenantStatus.SUSPENDED: "warn", TenantStatus.DELETING: "bad"}


class TenantForm(CheckedForm):
    """Slug and name."""

    class Meta:
        model = Tenant
        fields = ("slug", "name")
        help_texts = {"slug": _("Its place in addresses. After a change the old address stops answering.")}

    def clean_slug(self) -> str:
        """A slug that an organisation may have."""
        value: str = self.checked("slug", fields.slug_checked)
        return value

    def clean_name(self) -> str:
        """One line of text."""
        value: str = self.checked("name", lambda name: fields.text_checked(name, field="name"))
        return value


class NewTenantForm(TenantForm):
    """Slug, name, and who administers it first."""

    admin_email = forms.EmailField(label=_("First admin"), help_text=_("The account is made when there is none."))
    admin_password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("For a new account. Without one the person can't sign in until a password is set."),
    )

    def clean_admin_email(self) -> str:
        """An e-mail address in lower case."""
        value: str = self.checked("admin_email", fields.email_checked)
        return value

    def clean_admin_password(self) -> str | None:
        """A strong password, or None."""
        typed = self.cleaned_data["admin_password"]
        if not typed:
            return None
        user = User(email=self.cleaned_data.get("admin_email", ""))
        value: str = self.checked("admin_password", lambda password: password_checked(password, user))
        return value


class DomainInline(PlatformInline):
    """The hosts of an organisation's own."""

    model = Domain
    fields = readonly_fields = ("domain", "is_primary", "created_at")


class MembershipInline(PlatformInline):
    """Who belongs to it."""

    model = Membership
    fields = readonly_fields = ("user", "role", "is_active", "created_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the people, in one query."""
        return super().get_queryset(request).select_related("user").order_by("-is_active", "user__email")


@admin.register(Tenant)
class TenantAdmin(SteppedAdmin):
    """Organisations."""

    list_display = ("name", "address", "state", "people", "created_at", "delete_after")
    list_display_links = ("name",)
    list_filter = ("status", "created_at")
    search_fields = ("slug", "name", "schema_name", "domains__domain")
    ordering = ("slug",)
    form = TenantForm
    inlines = (MembershipInline, DomainInline)
    actions = ("suspend", "resume", "give_up")
    readonly_fields = ("state", "address", "suspended_reason", "delete_after", "schema_name", "size", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators make organisations."""
        return self._shown(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators rename them."""
        return self._shown(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of people."""
        members = Count("memberships", filter=Q(memberships__is_active=True), distinct=True)
        return super().get_queryset(request).annotate(members=members)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Another form for a new one."""
        return super().get_form(request, obj, change, **({"form": NewTenantForm} if obj is None else {}), **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What there is to say of a new one, and of one that exists."""
        if obj is None:
            return [(None, {"fields": ("slug", "name", "admin_email", "admin_password")})]
        return [
            (None, {"fields": ("slug", "name", "address")}),
            (_("State"), {"fields": ("state", "suspended_reason", "delete_after")}),
            (_("Data"), {"fields": ("schema_name", "size", "created_at")}),
        ]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """None for a new one."""
        return self.inlines if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        """Make or rename it."""
        actor, typed = actor_of(request), form.cleaned_data
        if change:
            organisations.organisation_rename(actor=actor, tenant_id=obj.pk, slug=typed["slug"], name=typed["name"])
            return
        made = organisations.organisation_create(
            actor=actor,
            slug=typed["slug"],
            name=typed["name"],
            admin_email=typed["admin_email"],
            admin_password=typed["admin_password"],
        )
        obj.__dict__.update(made.__dict__)

    def steps(self, request: HttpRequest, row: Tenant) -> dict[str, dict[str, Any]]:
        """Suspend, resume, give up: what follows from its state."""
        actor, reason = actor_of(request), request.POST.get("reason", "")
        suspend = {
            "label": gettext("Suspend"),
            "tone": "warn",
            "reason": True,
            "take": lambda: organisations.organisation_suspend(actor=actor, tenant_id=row.pk, reason=reason),
        }
        resume = {
            "label": gettext("Resume"),
            "tone": "good",
            "take": lambda: organisations.organisation_resume(actor=actor, tenant_id=row.pk),
        }
        give_up = {
            "label": gettext("Delete after the grace"),
            "tone": "bad",
            "take": lambda: organisations.organisation_delete(actor=actor, tenant_id=row.pk),
        }
        possible = {
            TenantStatus.ACTIVE: {"suspend": suspend, "give_up": give_up},
            TenantStatus.SUSPENDED: {"resume": resume, "give_up": give_up},
            TenantStatus.DELETING: {"resume": resume},
        }
        return possible[TenantStatus(row.status)]

    @admin.display(description=_("state"), ordering="status")
    def state(self, row: Tenant) -> str:
        """Its state as a badge."""
        return badge(row.get_status_display(), TONES[TenantStatus(row.status)])

    @admin.display(description=_("address"), ordering="slug")
    def address(self, row: Tenant) -> str:
        """Where it answers."""
        address = address_of_slug(row.slug)
        return format_html('<a href="{}">{}</a>', address, address)

    @admin.display(description=_("people"), ordering="members")
    def people(self, row: Any) -> int:
        """How many belong to it."""
        return int(row.members)

    @admin.display(description=_("size"))
    def size(self, row: Tenant) -> str:
        """What its schema takes on disk."""
        return filesizeformat(schema_size_bytes(row.schema_name))

    @admin.action(description=_("Suspend"))
    def suspend(self, request: HttpRequest, rows: Any) -> None:
        """Stop serving them."""
        actor = actor_of(request)
        self.each(
            request,
            rows,
            lambda row: organisations.organisation_suspend(actor=actor, tenant_id=row.pk),
            gettext("Suspended %(count)d."),
        )

    @admin.action(description=_("Resume"))
    def resume(self, request: HttpRequest, rows: Any) -> None:
        """Serve them again."""
        actor = actor_of(request)
        self.each(
            request,
            rows,
            lambda row: organisations.organisation_resume(actor=actor, tenant_id=row.pk),
            gettext("Resumed %(count)d."),
        )

    @admin.action(description=_("Delete after the grace"))
    def give_up(self, request: HttpRequest, rows: Any) -> None:
        """Stop serving them, and purge them later."""
        actor = actor_of(request)
        self.each(
            request,
            rows,
            lambda row: organisations.organisation_delete(actor=actor, tenant_id=row.pk),
            gettext("%(count)d will be purged after the grace; until then they can be resumed."),
        )


class DomainForm(CheckedForm):
    """A host and whose it is."""

    class Meta:
        model = Domain
        fields = ("domain", "tenant")

    def clean_domain(self) -> str:
        """The host as requests name it."""
        value: str = self.checked("domain", fields.host_checked)
        return value


@admin.register(Domain)
class DomainAdmin(PlatformAdmin):
    """Hosts of organisations' own, beside `<slug>.<base domain>`, which every organisation has."""

    list_display = ("domain", "tenant", "is_primary", "created_at")
    list_filter = ("is_primary",)
    search_fields = ("domain", "tenant__slug", "tenant__name")
    list_select_related = ("tenant",)
    autocomplete_fields = ("tenant",)
    form = DomainForm

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators add hosts."""
        return self._shown(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators remove them."""
        return self._shown(request)

    def save_model(self, request: HttpRequest, obj: Domain, form: Any, change: bool) -> None:
        """Add it."""
        typed = form.cleaned_data
        made = organisations.domain_add(actor=actor_of(request), tenant_id=typed["tenant"].pk, domain=typed["domain"])
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Domain) -> None:
        """Remove it."""
        organisations.domain_remove(actor=actor_of(request), domain_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Remove several."""
        for row in queryset:
            self.delete_model(request, row)


@admin.register(SchemaStatus)
class SchemaStatusAdmin(PlatformAdmin):
    """How the last migration of each schema ended."""

    list_display = ("schema_name", "shown_state", "attempts", "changed_at", "error")
    list_filter = ("state",)
    search_fields = ("schema_name", "error")

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, row: SchemaStatus) -> str:
        """Its state as a badge."""
        return badge(row.get_state_display(), "bad" if row.state == "failed" else "good")
