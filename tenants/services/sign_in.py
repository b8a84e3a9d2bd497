"""Signing in by e-mail and password, and moving a sign-in to another organisation."""

from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.events import refusal_event, security_event
from config.kernel.context import Actor
from config.kernel.errors import AppError, SessionRevoked, TenantMismatch, TenantSuspended
from tenants.constants import SIGN_IN_FAILED, SIGNED_IN
from tenants.exceptions import BadCredentials, NoSuchTenant, SecondFactorInvalid, SecondFactorRequired, TenantRequired
from tenants.models import Session, User
from tenants.selectors import directory
from tenants.selectors.belonging import Belonging, acting_person, belongings_of, person_by_email
from tenants.services.passwords import password_matches
from tenants.services.second_factor import second_factor_proof
from tenants.services.sessions import Device, TokenPair, session_open
from tenants.services.sign_in_attempts import attempt_begin, attempt_succeeded

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its tokens, whose it is, where it is, and where else the person belongs."""

    tokens: TokenPair
    user: User
    tenant: Belonging
    tenants: list[Belonging]


def sign_in(
    *, email: str, password: str, tenant: str | None, device: Device, known_mark: str = "", code: str = ""
) -> SignedIn:
    """A session in the organisation with the slug `tenant`, or in the person's only one.

    Unknown e-mails, wrong passwords and inactive people are answered alike, in content and in time.

    `known_mark` is what a device was given at an earlier sign-in, if it has any: it keeps the owner's attempts apart
    from those of strangers.

    Raises:
        RateLimited: too many attempts on this account lately; the password was not looked at.
        Degraded: attempts can't be counted now.
        BadCredentials: e-mail and password do not belong together.
        SecondFactorRequired: they do, and the person's second factor is due: `code` is empty.
        SecondFactorInvalid: `code` is wrong, or was used before.
        TenantMismatch: they do, and the person does not belong to that organisation, or to none.
        TenantRequired: several organisations and none named; `details.tenants` lists them.
        TenantSuspended: the organisation is not served now.
    """
    user = person_by_email(email)
    attempt = attempt_begin(email=email, user=user, address=device.address, known_mark=known_mark)
    if not password_matches(user, password) or user is None or not user.is_active:
        log.info("sign_in_refused")
        _record_failure(email, user, BadCredentials)
        raise BadCredentials
    try:
        spend_code = second_factor_proof(user, code)
    except SecondFactorRequired:
        attempt_succeeded(attempt)
        raise
    except SecondFactorInvalid:
        _record_failure(email, user, SecondFactorInvalid)
        raise
    attempt_succeeded(attempt)
    tenants = belongings_of(user.pk)
    chosen = _chosen(tenants, tenant)
    if not spend_code():  # somebody was quicker with the same code
        _record_failure(email, user, SecondFactorInvalid)
        raise SecondFactorInvalid
    tokens = _opened(user, chosen, device)
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return SignedIn(tokens, user, chosen, tenants)


def _opened(user: User, chosen: Belonging, device: Device, continues: Session | None = None) -> TokenPair:
    """The new session, recorded in the organisation it is for."""
    with transaction.atomic():
        tokens = session_open(user=user, tenant_id=chosen.id, role=chosen.role, device=device, continues=continues)
        tenant = directory.tenant_by_slug(chosen.slug)
        security_event(
            action=SIGNED_IN,
            actor=Actor(user_id=user.pk, label=user.email),
            target_type="session",
            target_id=tokens.session.pk,
            metadata={"switched": continues is not None},
            schema=tenant.schema_name if tenant else None,
        )
    return tokens


def _record_failure(email: str, user: User | None, error: type[AppError]) -> None:
    """A failed sign-in, in the record of the address that it came to."""
    refusal_event(
        action=SIGN_IN_FAILED,
        outcome="failure",
        target_type="person",
        target_id=user.pk if user else None,
        target_label=email,
        metadata={"code": error.code},
    )


def _chosen(tenants: list[Belonging], named: str | None) -> Belonging:
    """The organisation to sign in to; see `sign_in` for what is refused."""
    if named is not None:
        found = next((tenant for tenant in tenants if tenant.slug == named), None)
        if found is None:
            raise TenantMismatch
    else:
        served = [tenant for tenant in tenants if tenant.is_active]
        if len(served) > 1:
            listed = [{"slug": tenant.slug, "name": tenant.name, "role": tenant.role} for tenant in served]
            raise TenantRequired(details={"tenants": listed})
        found = next(iter(served or tenants), None)
        if found is None:
            raise TenantMismatch(_("You do not belong to any organisation."))
    if not found.is_active:
        raise TenantSuspended
    return found


def tenant_switch(*, actor: Actor, tenant: str, device: Device) -> SignedIn:
    """A further session of the same sign-in, in another organisation of the actor. The present one goes on.

    Raises:
        AuthenticationFailed: when nobody is signed in.
        SessionRevoked: when the present session ended in this moment.
        NoSuchTenant: no organisation of theirs has this slug.
        TenantSuspended: it is not served now.
    """
    user = acting_person(actor)
    present = None
    if actor.session_id is not None:
        present = Session.objects.filter(pk=actor.session_id, user_id=user.pk, revoked_at__isnull=True).first()
        if present is None:
            raise SessionRevoked
    tenants = belongings_of(user.pk)
    found = next((belonging for belonging in tenants if belonging.slug == tenant), None)
    if found is None:
        raise NoSuchTenant
    if not found.is_active:
        raise TenantSuspended
    tokens = _opened(user, found, device, present)
    return SignedIn(tokens, user, found, tenants)
