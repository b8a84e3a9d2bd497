"""Signing an organisation up by oneself: asked for by anybody, made once the mailbox's reader confirms."""

from dataclasses import dataclass

import structlog
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from audit.services.events import security_event
from config.kernel.context import SYSTEM, Actor
from tenants.choices import LinkPurpose, MemberRole
from tenants.constants import ORGANISATION_SIGNED_UP
from tenants.exceptions import LinkInvalid, SlugTaken
from tenants.flags import require_flag
from tenants.models import MailedLink, Tenant, User
from tenants.selectors.belonging import person_by_email
from tenants.services.fields import email_checked, slug_checked, text_checked
from tenants.services.links import link_ask, link_redeem
from tenants.services.organisations import organisation_create
from tenants.services.passwords import password_checked
from tenants.services.people import membership_open
from tenants.services.sessions import Device, TokenPair, session_open

log = structlog.get_logger(__name__)

FLAG = "self_signup"


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new organisation and its first admin; `tokens` for a new account alone: a known person signs in."""

    tenant: Tenant
    user: User
    tokens: TokenPair | None


def sign_up_ask(*, name: str, slug: str, email: str, password: str) -> None:
    """Have a link sent that makes the organisation. Known and unknown addresses take the same steps.

    Raises:
        FeatureDisabled: the flag `self_signup` is off.
        ValidationFailed: for a name, slug, e-mail or password that is not acceptable.
        SlugTaken: when another organisation has the slug.
    """
    require_flag(FLAG)
    slug, name, address = slug_checked(slug), text_checked(name, field="name"), email_checked(email)
    password_checked(password, User(email=address))
    if Tenant.objects.filter(slug=slug).exists():
        raise SlugTaken(details={"slug": slug})
    payload = {"slug": slug, "name": name, "password": make_password(password)}
    with transaction.atomic():
        link_ask(LinkPurpose.SIGN_UP, email=address, payload=payload)


def sign_up_confirm(*, token: str, device: Device) -> SignedUp:
    """Make the organisation with the mailbox's reader as its admin. A known person keeps their password.

    Raises:
        FeatureDisabled: the flag `self_signup` was switched off meanwhile.
        LinkInvalid: the link is unknown, used or too old.
        SlugTaken: another organisation took the slug meanwhile.
        OrganisationsNotReady, ProvisioningBusy: as `organisation_create`. The link stays open then.
    """
    require_flag(FLAG)
    with transaction.atomic():
        link = link_redeem(LinkPurpose.SIGN_UP, token)
        known = person_by_email(link.email)
        if known is not None and not known.is_active:
            raise LinkInvalid
        tenant = organisation_create(actor=SYSTEM, slug=link.payload["slug"], name=link.payload["name"])
        user, is_new = _admin_of(link, known)
        membership_open(user=user, tenant=tenant, role=MemberRole.ADMIN)
        MailedLink.objects.filter(pk=link.pk).update(payload={})
        actor = Actor(user_id=user.pk, label=user.email, tenant_role=MemberRole.ADMIN)
        security_event(
            action=ORGANISATION_SIGNED_UP,
            actor=actor,
            target_type="organisation",
            target_id=tenant.pk,
            target_label=tenant.slug,
            schema=tenant.schema_name,
        )
        tokens = session_open(user=user, tenant_id=tenant.pk, role=MemberRole.ADMIN, device=device) if is_new else None
    log.info("organisation_signed_up", tenant=tenant.slug, user_id=str(user.pk))
    return SignedUp(tenant, user, tokens)


def _admin_of(link: MailedLink, known: User | None) -> tuple[User, bool]:
    """The account of the mailbox's reader, and whether it is new, or had no password until now."""
    is_new = known is None or not known.has_usable_password()
    user = known or User(email=link.email, language=link.language)
    if is_new:
        user.password = link.payload["password"]
    user.email_verified_at = user.email_verified_at or timezone.now()
    user.save()
    return user, is_new
