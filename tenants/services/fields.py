"""What people type about organisations and themselves, checked and brought into one form."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from config.kernel.errors import ValidationFailed
from tenants.constants import TEMPLATE_SCHEMA
from tenants.models import Domain, User
from tenants.models.tenant import SLUG_PATTERN
from tenants.selectors.belonging import email_canonical

NAME_MAX_CHARACTERS = 200
REASON_MAX_CHARACTERS = 500
LABEL_PATTERN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

# Hosts of the platform itself, of mail and of PostgreSQL's own things; an organisation there could pass for them.
RESERVED_SLUGS = frozenset(
    """
    about account accounts admin administrator api app apps assets auth autoconfig autodiscover billing broadcasthost
    cdn dashboard dns docs email ftp git grafana health help imap information-schema isatap live localdomain localhost
    login logout mail media metrics novellaforge oauth pop pop3 postgres postgresql postmaster prometheus public root
    schema security sign-in sign-up signin signup smtp sso static stats status studio support system template
    template-organisation tenant tenants testserver webhook webhooks webmaster wpad www
    """.split()  # noqa: SIM905  (a table of words)
)


def slug_checked(slug: str) -> str:
    """A slug that an organisation may have.

    Raises:
        ValidationFailed: with what is allowed and what was found.
    """
    found = slug[:80]
    if re.fullmatch(SLUG_PATTERN, slug) is None:
        raise ValidationFailed.field(
            "slug",
            _("Use 3 to 63 lower-case letters, digits and single hyphens, beginning with a letter; found “%(slug)s”.")
            % {"slug": _readable(found)},
        )
    if slug in RESERVED_SLUGS or slug.startswith(("pg-", "template-")) or slug == TEMPLATE_SCHEMA:
        raise ValidationFailed.field("slug", _("“%(slug)s” is reserved; choose another.") % {"slug": found})
    return slug


def text_checked(value: str, *, field: str, max_characters: int = NAME_MAX_CHARACTERS, blank: bool = False) -> str:
    """One line of readable text, without blanks around it.

    Raises:
        ValidationFailed: when it is empty (unless `blank`), too long, or holds control characters or broken ones.
    """
    text = value.strip()
    if not text and not blank:
        raise ValidationFailed.field(field, _("This may not be empty."))
    if len(text) > max_characters:
        raise ValidationFailed.field(
            field,
            _("Use at most %(limit)d characters; found %(found)d.") % {"limit": max_characters, "found": len(text)},
        )
    if _readable(text) != text:
        raise ValidationFailed.field(field, _("Use readable characters on one line."))
    return text


def email_checked(value: str, *, field: str = "email") -> str:
    """An e-mail address in its canonical form.

    Raises:
        ValidationFailed: when it is none.
    """
    email = email_canonical(value)
    if not email.isascii():
        raise ValidationFailed.field(field, _("Use letters without accents before the @."))
    try:
        validate_email(email)
        User._meta.get_field("email").run_validators(email)
    except ValidationError as error:
        raise ValidationFailed.field(
            field, _("Enter an e-mail address; found “%(found)s”.") % {"found": _readable(value[:80])}
        ) from error
    return email


def host_checked(value: str) -> str:
    """A custom domain as requests carry it: lower case, without port and trailing dot, other scripts in punycode.

    Raises:
        ValidationFailed: when it is no host name, or one of the platform's own.
    """
    typed = value.strip().lower().rstrip(".")
    try:
        host = typed.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    labels = host.split(".")
    length = len(host) <= (Domain._meta.get_field("domain").max_length or 0)
    if (
        len(labels) < 2
        or not length
        or not all(LABEL_PATTERN.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        raise ValidationFailed.field(
            "domain",
            _("Enter a host name such as write.example.org; found “%(found)s”.") % {"found": _readable(value[:80])},
        )
    base = settings.BASE_DOMAIN
    if host in settings.PLATFORM_HOSTS or host == base or host.endswith(f".{base}"):
        raise ValidationFailed.field("domain", _("Hosts below %(base)s belong to the platform.") % {"base": base})
    return host


def _readable(text: str) -> str:
    """The text without what can't be shown: control characters, lone surrogates."""
    return "".join(letter for letter in text if letter.isprintable())
