"""The platform's pages of people and where they belong."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.administration.models import PlatformAdmin, PlatformInline, badge
from config.administration.site import actor_of
from tenants.admin.pages import CheckedForm, SteppedAdmin
from tenants.choices import MemberRole
from tenants.models import Membership, Tenant, User
from tenants.services import fields, people
from tenants.services.passwords import password_checked, password_set


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
