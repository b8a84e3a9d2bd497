"""The platform's face of the admin: organisations, their hosts, people and where they belong."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.administration.models import PlatformAdmin, PlatformInline, badge
from config.administration.site import actor_of
from config.kernel.commands import sentence_of
from config.kernel.errors import AppError
from tenants.choices import MemberRole, TenantStatus
from tenants.models import Domain, Membership, SchemaStatus, Tenant, User
from tenants.selectors.organisations import address_of_slug, schema_size_bytes
from tenants.services import fields, organisations, people
from tenants.services.passwords import password_checked, password_set

TONES = {TenantStatus.ACTIVE: "good", TenantStatus.SUSPENDED: "warn", TenantStatus.DELETING: "bad"}


class CheckedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose fields are judged by the services' own checks."""

    def checked(self, name: str, check: Any) -> Any:
        """The value that `check` makes of a field; what it refuses stands at the field.

        Raises:
            ValidationError: with the service's sentence.
        """
        try:
            return check(self.cleaned_data[name])
        except AppError as error:
            texts = [text for found in error.details.get("fields", {}).values() for text in found]
            raise forms.ValidationError(texts or sentence_of(error)) from error


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


class SteppedAdmin(PlatformAdmin):
    """Buttons beside "Save" that take one step with the row: `steps(request, row)` names those that are possible."""

    change_form_template = "admin/steps_change_form.html"

    def steps(self, request: HttpRequest, row: Any) -> dict[str, dict[str, Any]]:
        """Name -> label, tone and what the button does (`take`), for the steps that are possible now."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The page of one row, or the answer to one of its buttons."""
        row = self.get_object(request, object_id)
        steps = self.steps(request, row) if row is not None else {}
        asked = next((name for name in steps if f"_step_{name}" in request.POST), None)
        if request.method == "POST" and asked is not None and self.has_view_permission(request):
            return self._take(request, row, steps[asked])
        context = {**(extra_context or {}), "steps": steps}
        return super().change_view(request, object_id, form_url, context)

    def _take(self, request: HttpRequest, row: Any, step: dict[str, Any]) -> HttpResponse:
        try:
            step["take"]()
        except AppError as error:
            self.message_user(request, sentence_of(error), messages.ERROR)
        else:
            self.message_user(request, f"{row}: {step['label']} ✓", messages.SUCCESS)
        return HttpResponseRedirect(request.get_full_path())


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


class NewPersonForm(CheckedForm):
    """Somebody, and where they belong."""

    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Without one the person can't sign in until a password is set."),
    )
    tenant = forms.ModelChoiceField(label=_("Organisation"), queryset=Tenant.objects.order_by("slug"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices, initial=MemberRole.MEMBER)

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        """An e-mail address in lower case."""
        value: str = self.checked("email", fields.email_checked)
        return value

    def clean_password(self) -> str | None:
        """A strong password, or None."""
        if not self.cleaned_data["password"]:
            return None
        user = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        value: str = self.checked("password", lambda password: password_checked(password, user))
        return value


class PersonForm(CheckedForm):
    """A new password for somebody; the rest is theirs."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Setting one signs the person out everywhere."),
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def clean_new_password(self) -> str | None:
        """A strong password, or None."""
        if not self.cleaned_data["new_password"]:
            return None
        value: str = self.checked("new_password", lambda typed: password_checked(typed, self.instance))
        return value


class PlacesInline(PlatformInline):
    """Where somebody belongs."""

    model = Membership
    fields = readonly_fields = ("tenant", "role", "is_active", "created_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the organisations, in one query."""
        return super().get_queryset(request).select_related("tenant").order_by("-is_active", "tenant__slug")


@admin.register(User)
class PersonAdmin(SteppedAdmin):
    """People. They are never deleted: closing an account removes who they were."""

    list_display = ("email", "name", "state", "operator", "organisations", "last_login")
    list_filter = ("is_active", "is_superuser", "memberships__role", "date_joined")
    search_fields = ("email", "name", "memberships__tenant__slug")
    ordering = ("email",)
    actions = ("deactivate",)
    form = PersonForm
    inlines = (PlacesInline,)
    readonly_fields = ("email", "name", "language", "state", "operator", "date_joined", "last_login")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators add people."""
        return self._shown(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators set passwords of active people."""
        return self._shown(request) and (obj is None or obj.is_active)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their places, in one query more."""
        return super().get_queryset(request).prefetch_related("memberships__tenant")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Another form for somebody new."""
        return super().get_form(request, obj, change, **({"form": NewPersonForm} if obj is None else {}), **options)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of somebody who exists."""
        return self.readonly_fields if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What there is to say of somebody new, and of somebody who exists."""
        if obj is None:
            return [
                (None, {"fields": ("email", "name", "password")}),
                (_("Membership"), {"fields": ("tenant", "role")}),
            ]
        sets = [(None, {"fields": ("email", "name", "language", "state", "operator", "date_joined", "last_login")})]
        return [*sets, (_("Password"), {"fields": ("new_password",)})] if obj.is_active else sets

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """None for somebody new."""
        return self.inlines if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Add somebody, or set their password."""
        actor, typed = actor_of(request), form.cleaned_data
        if change:
            if typed["new_password"]:
                password_set(actor=actor, user=obj, new=typed["new_password"])
            return
        added = people.person_add(
            actor=actor,
            email=typed["email"],
            name=typed["name"],
            password=typed["password"],
            tenant=typed["tenant"],
            role=typed["role"],
        )
        obj.__dict__.update(added.user.__dict__)

    def steps(self, request: HttpRequest, row: User) -> dict[str, dict[str, Any]]:
        """Close the account; make them an operator."""
        actor = actor_of(request)
        if not row.is_active or row.pk == actor.user_id:
            return {}
        steps: dict[str, dict[str, Any]] = {
            "deactivate": {
                "label": gettext("Close the account for good"),
                "tone": "bad",
                "take": lambda: people.person_deactivate(actor=actor, user_id=row.pk),
            }
        }
        if not row.is_superuser:
            steps["appoint"] = {
                "label": gettext("Make an operator"),
                "tone": "warn",
                "take": lambda: people.operator_appoint(actor=actor, user_id=row.pk),
            }
        return steps

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, row: User) -> str:
        """Active or closed, as a badge."""
        return badge(gettext("active"), "good") if row.is_active else badge(gettext("closed"), "bad")

    @admin.display(description=_("operator"), boolean=True, ordering="is_superuser")
    def operator(self, row: User) -> bool:
        """Whether they operate the platform."""
        return row.is_superuser

    @admin.display(description=_("organisations"))
    def organisations(self, row: User) -> str:
        """Where they belong, each a link."""
        active = [place for place in row.memberships.all() if place.is_active]
        return format_html_join(
            ", ",
            '<a href="{}">{}</a> ({})',
            (
                (
                    reverse("admin:tenants_tenant_change", args=[place.tenant_id]),
                    place.tenant.slug,
                    place.get_role_display(),
                )
                for place in sorted(active, key=lambda place: str(place.tenant.slug))
            ),
        )

    @admin.action(description=_("Close the accounts for good"))
    def deactivate(self, request: HttpRequest, rows: Any) -> None:
        """Close accounts."""
        actor = actor_of(request)
        self.each(
            request,
            rows,
            lambda row: people.person_deactivate(actor=actor, user_id=row.pk),
            gettext("Closed %(count)d."),
        )


@admin.register(Membership)
class MembershipAdmin(PlatformAdmin):
    """Who belongs where, as what."""

    list_display = ("user", "tenant", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    search_fields = ("user__email", "user__name", "tenant__slug", "tenant__name")
    list_select_related = ("user", "tenant")
    autocomplete_fields = ("user", "tenant")
    fields = ("user", "tenant", "role", "is_active")
    actions = ("end", "resume")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators let people belong."""
        return self._shown(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators change roles."""
        return self._shown(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who and where stay; a new one is active."""
        return ("user", "tenant") if obj is not None else ("is_active",)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Let somebody belong, or change what they are."""
        actor, typed = actor_of(request), form.cleaned_data
        if change:
            people.membership_change(
                actor=actor, membership_id=obj.pk, role=typed["role"], is_active=typed["is_active"]
            )
            return
        user, tenant = typed["user"], typed["tenant"]
        people.person_add(actor=actor, email=user.email, tenant=tenant, role=typed["role"])
        obj.__dict__.update(Membership.objects.get(user=user, tenant=tenant).__dict__)

    @admin.action(description=_("End"))
    def end(self, request: HttpRequest, rows: Any) -> None:
        """End memberships, with their sessions."""
        self._set_active(request, rows, active=False)

    @admin.action(description=_("Resume"))
    def resume(self, request: HttpRequest, rows: Any) -> None:
        """Let people belong again."""
        self._set_active(request, rows, active=True)

    def _set_active(self, request: HttpRequest, rows: Any, *, active: bool) -> None:
        actor = actor_of(request)
        self.each(
            request,
            rows,
            lambda row: people.membership_change(actor=actor, membership_id=row.pk, is_active=active),
            gettext("Changed %(count)d."),
        )


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
