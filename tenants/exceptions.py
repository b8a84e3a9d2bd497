"""What organisations, people and sign-in refuse."""

from django.utils.translation import gettext_lazy as _

from config.kernel.errors import AuthenticationFailed, Conflict, NotFound


class BadCredentials(AuthenticationFailed):
    """E-mail and password do not match; says the same whether the e-mail is known or not."""

    default_message = _("E-mail or password is wrong.")


class TenantRequired(Conflict):
    """The person belongs to several organisations and named none, or the call needs one."""

    code = "tenant_required"
    default_message = _("Name the organisation: by its host, by X-Tenant or in the request.")


class NoSuchTenant(NotFound):
    """No organisation answers here."""

    default_message = _("No organisation answers here.")
