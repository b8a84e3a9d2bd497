"""Refreshing a session: one conditional UPDATE spends the token, a spent one that comes again ends the sign-in."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import (
    SessionRevoked,
    TenantMismatch,
    TenantSuspended,
    TokenExpired,
    TokenInvalid,
    TokenReused,
)
from config.kernel.tasks import enqueue
from tenants.choices import SessionEnd
from tenants.constants import REUSE_NOTICES_TASK, SESSION_REFRESHED, SESSION_REUSED
from tenants.models import Membership, Session
from tenants.models.session import password_mark_of
from tenants.selectors import directory
from tenants.services.sessions import Device, TokenPair, idle_expiry, pair_of, session_end
from tenants.tokens.refresh import RefreshToken, parse_refresh

log = structlog.get_logger(__name__)

# Two tabs, or an answer that got lost: within this time the direct parent gets the same child again.
REUSE_GRACE_SECONDS = 10


class Standing(Enum):
    """Where a token stands in its session's chain."""

    CURRENT = "current"
    PARENT = "parent"
    ANCESTOR = "ancestor"


def session_refresh(*, refresh: str, device: Device, within: UUID | None = None) -> TokenPair:
    """The next pair of a session; the token that was given is spent.

    Of many callers with the same token one spends it and the others, within `REUSE_GRACE_SECONDS`, get its very
    child. `within` is the organisation in whose address the request came; None on the platform. Must not run inside
    a transaction: what it revokes stays revoked although the request fails.

    Raises:
        TokenInvalid: a token that is not ours.
        TokenReused: a spent token came again; every session of the sign-in is closed.
        SessionRevoked, TokenExpired: the session ended, or ran out.
        TenantMismatch: another organisation's address, or no membership any more.
        TenantSuspended: the organisation is not served now.
    """
    token = parse_refresh(refresh)
    now = timezone.now()
    session, standing = _find(token)
    if standing is Standing.CURRENT:
        _check_open(session, now)
        role = _admit(session, within)
        if not settings.REFRESH_ROTATION_ENABLED:
            return _renew(session, token, role, device, now)
        child = token.children()[0]
        if _spend(session, token, child, device, now):
            return pair_of(session, child, role=role, issued_at=now)
        session, standing = _find(token)  # somebody was quicker, with this token or with a revocation
    _check_open(session, now)
    same_child = _child_again(session, token, standing, now)
    if same_child is None:
        _refuse_reuse(session)
        raise TokenReused
    role = _admit(session, within)
    return pair_of(session, same_child, role=role, issued_at=session.rotated_at)


def session_sign_out(*, refresh: str) -> None:
    """End the session of a refresh token. A token that is not ours, or of an ended session, changes nothing."""
    try:
        session, _standing = _find(parse_refresh(refresh))
    except TokenInvalid:
        return
    session_end(session_id=session.pk, reason=SessionEnd.SIGNED_OUT)


def _find(token: RefreshToken) -> tuple[Session, Standing]:
    """The token's session and where the token stands in it.

    Raises:
        TokenInvalid: when there is none, or the token is not of its chain.
    """
    session = Session.objects.select_related("user", "tenant").filter(pk=token.session_id).first()
    if session is None:
        raise TokenInvalid
    if token.digest == session.token_digest:
        return session, Standing.CURRENT
    if token.digest == session.parent_digest:
        return session, Standing.PARENT
    if token.is_ours and token.generation < session.generation:
        return session, Standing.ANCESTOR
    raise TokenInvalid


def _check_open(session: Session, now: datetime) -> None:
    """Refuse a session that ended or ran out.

    Raises:
        TokenReused: when a replay ended it.
        SessionRevoked: when anything else did.
        TokenExpired: when its time is over.
    """
    if session.revoked_reason == SessionEnd.REUSED:
        raise TokenReused
    if session.revoked_at is not None:
        raise SessionRevoked
    if session.idle_expires_at <= now:
        raise TokenExpired


def _admit(session: Session, within: UUID | None) -> str:
    """The person's role, when they may go on in this organisation.

    Raises:
        TenantMismatch: at another organisation's address, or when they do not belong to it any more.
        SessionRevoked: when the person was deactivated, or their password changed.
        TenantSuspended: when the organisation is not served now.
    """
    if within is not None and session.tenant_id != within:
        raise TenantMismatch
    if not session.user.is_active or session.password_mark != password_mark_of(session.user.password):
        raise SessionRevoked
    membership = Membership.objects.filter(user_id=session.user_id, tenant_id=session.tenant_id, is_active=True)
    role = membership.values_list("role", flat=True).first()
    if role is None:
        raise TenantMismatch
    if not session.tenant.is_active:
        raise TenantSuspended
    return role


def _spend(session: Session, token: RefreshToken, child: RefreshToken, device: Device, now: datetime) -> bool:
    """Put `child` in the token's place; False when the token is not the newest any more, or the session ended."""
    still_newest = Session.objects.filter(pk=session.pk, token_digest=token.digest, revoked_at__isnull=True)
    with transaction.atomic():
        spent = still_newest.update(
            token_digest=child.digest,
            parent_digest=token.digest,
            generation=child.generation,
            rotated_at=now,
            **_seen(session, device, now),
        )
        if spent:
            _record(SESSION_REFRESHED, session, generation=child.generation)
    return spent == 1


def _record(action: str, session: Session, *, outcome: str = "success", **metadata: object) -> None:
    """An event of the session's person, in the record of its organisation."""
    security_event(
        action=action,
        outcome=outcome,
        actor=Actor(user_id=session.user_id, label=session.user.email),
        target_type="session",
        target_id=session.pk,
        metadata=metadata,
        schema=session.tenant.schema_name,
    )


def _renew(session: Session, token: RefreshToken, role: str, device: Device, now: datetime) -> TokenPair:
    """Without rotation: the same refresh token, a new access token.

    Raises:
        SessionRevoked: when it ended in this moment.
    """
    with transaction.atomic():
        if not Session.objects.filter(pk=session.pk, revoked_at__isnull=True).update(**_seen(session, device, now)):
            raise SessionRevoked
        _record(SESSION_REFRESHED, session, generation=token.generation)
    return pair_of(session, token, role=role, issued_at=now)


def _seen(session: Session, device: Device, now: datetime) -> dict[str, object]:
    """What a refresh tells about the device."""
    return {
        "last_used_at": now,
        "idle_expires_at": idle_expiry(now, session.expires_at),
        "user_agent": device.user_agent,
        "address": device.address,
    }


def _child_again(session: Session, token: RefreshToken, standing: Standing, now: datetime) -> RefreshToken | None:
    """The child that the direct parent was answered with, when it asks again in time."""
    age_seconds = (now - session.rotated_at).total_seconds()
    if standing is not Standing.PARENT or age_seconds > REUSE_GRACE_SECONDS:
        return None
    return next((child for child in token.children() if child.digest == session.token_digest), None)


def _refuse_reuse(session: Session) -> None:
    """End every session of the sign-in and have the person told.

    `durable`: inside somebody's transaction the refusal would undo it, so that is an error of its own.
    """
    if not settings.REFRESH_REUSE_DETECTION:
        return
    with transaction.atomic(durable=True):
        family = Session.objects.filter(family=session.family, revoked_at__isnull=True)
        ended = family.update(revoked_at=timezone.now(), revoked_reason=SessionEnd.REUSED)
        _record(SESSION_REUSED, session, outcome="refused", sessions_ended=ended)
        if ended:
            Session.objects.filter(pk=session.pk).update(notice_due=True)
            enqueue(REUSE_NOTICES_TASK, schema="public", queue="maintenance")
    directory.forget()
    log.warning("refresh_token_reused", session_id=str(session.pk), user_id=str(session.user_id), ended=ended)
