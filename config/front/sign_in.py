"""Signing in with a browser: on an organisation's host only people who belong to it."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from config.kernel.api.device_mark import put_mark
from tenants.selectors import directory
from tenants.services.sign_in_attempts import KNOWN_FOR, known_mark_of


class StudioAuthenticationForm(AuthenticationForm):
    """E-mail and password. Whoever does not belong here is told the same as whoever does not exist."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Call the first field by what it takes."""
        super().__init__(*arguments, **options)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget.input_type = "email"

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse inactive people, and strangers to the organisation of this host.

        Raises:
            ValidationError: for both, with the sentence of a wrong password.
        """
        tenant: Any = getattr(self.request, "tenant", None)
        if not user.is_active or (tenant is not None and directory.access_of(user.pk, tenant.id) is None):
            raise ValidationError(_("E-mail or password is wrong."), code="invalid_login")

    def get_invalid_login_error(self) -> ValidationError:
        """The sentence of a wrong password."""
        return ValidationError(_("E-mail or password is wrong."), code="invalid_login")


class StudioLoginView(LoginView):
    """The sign-in page; afterwards the page that was asked for, or the root of the API."""

    authentication_form = StudioAuthenticationForm
    template_name = "pages/sign_in.html"
    redirect_authenticated_user = False

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and mark the device as one that its owner used."""
        response = super().form_valid(form)
        put_mark(response, known_mark_of(form.get_user()), life=KNOWN_FOR)
        return response
