"""The admin site. The host decides which face it has, and who may see it."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.kernel.context import Actor, bind_context
from tenants.choices import MemberRole
from tenants.selectors import directory
from tenants.selectors.directory import TenantRef
from tenants.services.passwords import password_set


def tenant_of(request: HttpRequest) -> TenantRef | None:
    """The organisation of this host, or None on the platform's."""
    tenant: TenantRef | None = getattr(request, "tenant", None)
    return tenant


def may_enter(user: Any, tenant: TenantRef | None) -> bool:
    """Operators on the platform's host, and nobody else; an organisation's admins on its own, operators or not."""
    if not user.is_active:
        return False
    if tenant is None:
        return bool(user.is_superuser)
    access = directory.access_of(user.pk, tenant.id)
    return access is not None and access.role == MemberRole.ADMIN


def actor_of(request: HttpRequest) -> Actor:
    """The one who sits in front of this page."""
    user: Any = request.user
    return Actor(user_id=user.pk, label=user.email, tenant_role=MemberRole.ADMIN if tenant_of(request) else "")


class SignInForm(AdminAuthenticationForm):
    """E-mail and password. Whoever may not enter here is told the same as whoever does not exist."""

    error_messages = {
        "invalid_login": gettext_lazy("E-mail or password is wrong, or this account may not enter here."),
        "inactive": gettext_lazy("E-mail or password is wrong, or this account may not enter here."),
    }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Call the first field by what it takes."""
        super().__init__(*arguments, **options)
        self.fields["username"].label = _("E-mail")

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse everybody who would see nothing here.

        Raises:
            ValidationError: with the sentence of a wrong password.
        """
        if self.request is None or not may_enter(user, tenant_of(self.request)):
            raise ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class PasswordForm(AdminPasswordChangeForm):
    """One's own password, through the service that ends the other sessions."""

    def save(self, commit: bool = True) -> Any:
        """Store the new password; there is no half of it."""
        self.user = password_set(
            actor=Actor(user_id=self.user.pk), user=self.user, new=self.cleaned_data["new_password1"]
        )
        return self.user


class StudioAdminSite(AdminSite):
    """One site, two faces."""

    login_form = SignInForm
    site_title = "NovellaForge"
    site_header = "NovellaForge"
    index_title = gettext_lazy("Administration")
    empty_value_display = "—"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take pages of our own alone: others ask Django's permissions, which a superuser holds on every host."""
        if hasattr(admin_class, "on_platform"):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may enter on this host; they are the actor of what follows."""
        if not may_enter(request.user, tenant_of(request)):
            return False
        bind_context(actor=actor_of(request))
        return True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page shows: whose administration it is."""
        tenant = tenant_of(request)
        return {
            **super().each_context(request),
            "site_header": tenant.name if tenant else _("NovellaForge platform"),
            "face": "organisation" if tenant else "platform",
        }

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The page for one's own password."""
        return PasswordChangeView.as_view(
            form_class=PasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
            template_name="admin/password_change_form.html",
        )(request)
