"""The second factor: set up, asked for at sign-in, replaced, taken away. TOTP (RFC 6238) by django-otp."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import Conflict, NotFound, ValidationFailed
from tenants.constants import SECOND_FACTOR_CODES, SECOND_FACTOR_ENABLED, SECOND_FACTOR_REMOVED
from tenants.exceptions import SecondFactorInvalid, SecondFactorRequired
from tenants.models import RecoveryCode, SecondFactor, User
from tenants.permissions import require_operator
from tenants.selectors.belonging import acting_person
from tenants.services.passwords import password_proved
from tenants.services.sign_in_attempts import attempt_of_signed_in, attempt_succeeded
from tenants.tokens.sealed import seal, unseal

log = structlog.get_logger(__name__)

SECRET_BYTES = 20
TOLERANCE_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
ISSUER = "NovellaForge"

Spend = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person gives their authenticator: the secret in base 32, or the address that a QR code holds."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a second factor is asked for at sign-in, and how many recovery codes are left."""

    enabled: bool
    recovery_codes_left: int


def second_factor_standing(actor: Actor) -> Standing:
    """How things stand for the one who asks.

    Raises:
        AuthenticationFailed: when nobody is signed in.
    """
    factor = _confirmed(acting_person(actor))
    left = factor.recovery_codes.filter(used_at__isnull=True).count() if factor else 0
    return Standing(factor is not None, left)


def second_factor_begin(*, actor: Actor, current_password: str) -> Enrolment:
    """A new secret. It counts once `second_factor_confirm` saw a code of it; an unconfirmed one before is dropped.

    Raises:
        ValidationFailed: when the password is wrong.
        RateLimited, Degraded: too many wrong passwords lately, or they can't be counted.
        Conflict: when there is a second factor already.
    """
    user = acting_person(actor)
    password_proved(actor=actor, user=user, current=current_password)
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if _confirmed(user) is not None:
            raise Conflict(_("You have a second factor; remove it first."))
        SecondFactor.objects.filter(user=user).delete()
        SecondFactor.objects.create(user=user, sealed_secret=seal(secret))
    text = base64.b32encode(secret).decode("ascii")
    label = quote(f"{ISSUER}:{user.email}", safe="")
    return Enrolment(text, f"otpauth://totp/{label}?secret={text}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30")


def second_factor_confirm(*, actor: Actor, code: str) -> list[str]:
    """Make the secret count from now on; the recovery codes, which are shown this once.

    Raises:
        ValidationFailed: when the code is not of the new secret.
        RateLimited, Degraded: too many wrong codes lately, or they can't be counted.
        Conflict: when nothing waits to be confirmed.
    """
    user = acting_person(actor)
    attempt = attempt_of_signed_in(user=user, session_id=actor.session_id)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=True).first()
        if factor is None:
            raise Conflict(_("There is no second factor to confirm."))
        spend = _totp_match(factor, _plain(code))
        if spend is None or not spend():
            raise ValidationFailed.field("code", _("This code is not right."))
        SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
        codes = _codes_made(factor)
        security_event(action=SECOND_FACTOR_ENABLED, actor=actor, schema="public")
    attempt_succeeded(attempt)
    log.info("second_factor_enabled", user_id=str(user.pk))
    return codes


def second_factor_remove(*, actor: Actor, current_password: str, code: str) -> None:
    """Sign in by the password alone from now on.

    Raises:
        ValidationFailed: when password or code is wrong.
        RateLimited, Degraded: too many wrong ones lately, or they can't be counted.
        NotFound: when there is no second factor.
    """
    factor = _proved(actor, current_password, code)
    with transaction.atomic():
        factor.delete()
        security_event(action=SECOND_FACTOR_REMOVED, actor=actor, schema="public")
    log.info("second_factor_removed", user_id=str(actor.user_id))


def recovery_codes_renew(*, actor: Actor, current_password: str, code: str) -> list[str]:
    """New recovery codes in place of the old ones.

    Raises:
        ValidationFailed, RateLimited, Degraded, NotFound: as `second_factor_remove`.
    """
    factor = _proved(actor, current_password, code)
    with transaction.atomic():
        codes = _codes_made(factor)
        security_event(action=SECOND_FACTOR_CODES, actor=actor, schema="public")
    return codes


def second_factor_reset(*, actor: Actor, user_id: UUID) -> bool:
    """Take away the second factor of somebody who lost device and codes; whether there was one.

    Raises:
        PermissionDenied: when the actor is no operator.
    """
    require_operator(actor)
    with transaction.atomic():
        removed = SecondFactor.objects.filter(user_id=user_id).delete()[0] > 0
        if removed:
            security_event(
                action=SECOND_FACTOR_REMOVED, actor=actor, target_type="person", target_id=user_id, schema="public"
            )
    return removed


def second_factor_proof(user: User, code: str) -> Spend:
    """What spends the code, when it is right. Spend it last: what fails before must not cost the person a code.

    Whoever has no second factor needs no code.

    Raises:
        SecondFactorRequired: there is one, and no code was given.
        SecondFactorInvalid: the code is wrong, or was used before.
    """
    factor = _confirmed(user)
    if factor is None:
        return lambda: True
    plain = _plain(code)
    if not plain:
        raise SecondFactorRequired
    spend = _match(factor, plain)
    if spend is None:
        raise SecondFactorInvalid
    return spend


def _confirmed(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def _proved(actor: Actor, current_password: str, code: str) -> SecondFactor:
    """The factor of a signed-in person who named password and code.

    Raises:
        ValidationFailed, RateLimited, Degraded, NotFound: as `second_factor_remove`.
    """
    user = acting_person(actor)
    password_proved(actor=actor, user=user, current=current_password)
    factor = _confirmed(user)
    if factor is None:
        raise NotFound
    attempt = attempt_of_signed_in(user=user, session_id=actor.session_id)
    spend = _match(factor, _plain(code))
    if spend is None or not spend():
        raise ValidationFailed.field("code", _("This code is not right."))
    attempt_succeeded(attempt)
    return factor


def _plain(code: str) -> str:
    """A code as people type it, without the blanks and hyphens between its groups."""
    return re.sub(r"[\s-]", "", code).lower()


def _match(factor: SecondFactor, plain: str) -> Spend | None:
    return _totp_match(factor, plain) or _recovery_match(factor, plain)


def _totp_match(factor: SecondFactor, plain: str) -> Spend | None:
    """What spends a code of the device; of many callers at once with one code, one succeeds."""
    if not re.fullmatch(r"[0-9]{6}", plain):
        return None
    clock = TOTP(unseal(factor.sealed_secret))
    clock.time = timezone.now().timestamp()
    if not clock.verify(int(plain), tolerance=TOLERANCE_STEPS, min_t=factor.last_step + 1):
        return None
    step = clock.t()
    rows = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return lambda: rows.update(last_step=step) == 1


def _recovery_match(factor: SecondFactor, plain: str) -> Spend | None:
    """What spends a recovery code, likewise."""
    rows = RecoveryCode.objects.filter(factor=factor, digest=_digest(plain), used_at__isnull=True)
    if not rows.exists():
        return None
    return lambda: rows.update(used_at=timezone.now()) == 1


def _codes_made(factor: SecondFactor) -> list[str]:
    RecoveryCode.objects.filter(factor=factor).delete()
    drawn = [secrets.token_bytes(RECOVERY_BYTES) for _number in range(RECOVERY_CODES)]
    raw = [base64.b32encode(bits).decode("ascii").lower() for bits in drawn]
    RecoveryCode.objects.bulk_create([RecoveryCode(factor=factor, digest=_digest(code)) for code in raw])
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in raw]


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
