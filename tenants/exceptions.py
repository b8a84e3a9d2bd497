"""What organisations, people and sign-in refuse."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from config.kernel.errors import (
    AppError,
    AuthenticationFailed,
    BudgetExhausted,
    Conflict,
    Degraded,
    NotFound,
    RateLimited,
)


class BadCredentials(AuthenticationFailed):
    """E-mail and password do not match; says the same whether the e-mail is known or not."""

    default_message = _("E-mail or password is wrong.")


class SecondFactorRequired(AuthenticationFailed):
    """The password is right, and a code is due: ask the person, and send the same again with `code`."""

    code = "second_factor_required"
    default_message = _("Enter the code of your authenticator, or a recovery code.")


class SecondFactorInvalid(AuthenticationFailed):
    """The code is wrong, or was used before."""

    code = "second_factor_invalid"
    default_message = _("This code is not right, or was used before.")


class TenantRequired(Conflict):
    """The person belongs to several organisations and named none, or the call needs one."""

    code = "tenant_required"
    default_message = _("Name the organisation: by its host, by X-Tenant or in the request.")


class NoSuchTenant(NotFound):
    """No organisation answers here."""

    default_message = _("No organisation answers here.")


class SlugTaken(Conflict):
    """Another organisation has this slug, or had it first by a moment."""

    default_message = _("Another organisation has this slug.")


class OrganisationsNotReady(Degraded):
    """The template of organisations is missing or older than the public schema."""

    default_message = _(
        "No organisation can be made right now: the database waits for `manage.py migrate_organisations`."
    )


class ProvisioningBusy(Degraded):
    """A lock that making or purging an organisation needs was not given in time."""

    default_message = _("The database is busy; nothing was changed. Try again in a moment.")


class SchemaNotCopied(AppError):
    """The template holds something that can't be copied, or the copy went wrong; `details.objects` names it."""

    code, status = "schema_not_copied", 500
    default_message = _("The template of organisations can't be copied.")


class LastAdmin(Conflict):
    """An organisation would be left without an admin; `details.organisations` names it."""

    default_message = _("This person is the last admin of an organisation; make somebody else admin first.")


class LinkInvalid(AppError):
    """A link from a mail that is unknown, used, withdrawn or too old: the four answer alike."""

    code, status = "link_invalid", 400
    default_message = _("This link is not valid any more: it was used, withdrawn, or is too old. Ask for a new one.")


class SchemaMissing(AppError):
    """An organisation's row is there and its schema is not."""

    code, status = "schema_missing", 500
    default_message = _("The schema is missing.")


class QuotaReached(BudgetExhausted):
    """A quota of tokens, money, storage or members is used up; `details` has whose, and the figures."""

    default_message = _("The quota is used up.")


class TooManyJobs(RateLimited):
    """More jobs than the quota admits at once or in a minute; `details` has whose, and the figures."""

    default_message = _("There are too many jobs now. Try again in a moment.")

    def __init__(self, *, retry_after_seconds: int, limit: int, details: dict[str, Any]) -> None:
        """Keep the wait in seconds, the limit and the figures."""
        super().__init__(retry_after_seconds=retry_after_seconds, limit=limit)
        self.details.update(details)
