"""Opening and ending sessions. Ending is felt everywhere within five seconds (`directory.LIFE_SECONDS`)."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import NotFound
from tenants.choices import SessionEnd
from tenants.constants import SESSIONS_ENDED, SIGNED_OUT
from tenants.models import Session, User
from tenants.models.session import USER_AGENT_MAX, password_mark_of
from tenants.selectors import directory
from tenants.selectors.sessions import open_sessions_of
from tenants.tokens.access import issue_access
from tenants.tokens.refresh import RefreshToken, first_token

log = structlog.get_logger(__name__)

# How long an ended session stays readable, for people who ask what happened.
KEEP_DAYS = 30
_PURGE_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from, cleaned and bounded."""

    user_agent: str = ""
    address: str | None = None

    @classmethod
    def of(cls, user_agent: str, address: str | None) -> "Device":
        """What a request said of itself: control characters go, an address that is none becomes None."""
        readable = "".join(letter for letter in user_agent if letter.isprintable())
        try:
            checked = str(ipaddress.ip_address((address or "").partition("%")[0]))
        except ValueError:
            checked = None
        return cls(readable[:USER_AGENT_MAX], checked)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client holds: an access token, its life in seconds, and the refresh token that gets the next pair."""

    access: str
    refresh: str
    expires_in_seconds: int
    session: Session


def idle_expiry(now: datetime, ends_at: datetime) -> datetime:
    """When a session that is used `now` ends unless it is used again."""
    life: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    return min(now + life, ends_at)


def pair_of(session: Session, token: RefreshToken, *, role: str, issued_at: datetime) -> TokenPair:
    """The pair of one refresh; the same arguments make the same pair, byte for byte.

    `session.user_id` and `session.tenant` are read; `role` is the person's role in the organisation now.
    """
    access, life_seconds = issue_access(
        user_id=session.user_id,
        tenant=session.tenant.slug,
        role=role,
        session_id=session.pk,
        now=issued_at,
        ends_at=session.expires_at,
        token_id=token.access_token_id(int(issued_at.timestamp())),
    )
    return TokenPair(access, token.raw, life_seconds, session)


def session_open(
    *, user: User, tenant_id: UUID, role: str, device: Device, continues: Session | None = None
) -> TokenPair:
    """Sign the person in to one organisation; the caller has checked that they may.

    With `continues` the new session belongs to the same sign-in: same family, same end at the latest.
    """
    now = timezone.now()
    session_id = uuid7()
    token = first_token(session_id)
    ends_at = continues.expires_at if continues else now + timedelta(seconds=settings.REFRESH_SESSION_TTL_S)
    session = Session.objects.create(
        id=session_id,
        family=continues.family if continues else session_id,
        user=user,
        tenant_id=tenant_id,
        user_agent=device.user_agent,
        address=device.address,
        created_at=now,
        last_used_at=now,
        rotated_at=now,
        idle_expires_at=idle_expiry(now, ends_at),
        expires_at=ends_at,
        token_digest=token.digest,
        password_mark=password_mark_of(user.password),
    )
    log.info("session_opened", session_id=str(session_id), user_id=str(user.pk))
    return pair_of(session, token, role=role, issued_at=now)


def _end(sessions: QuerySet[Session], reason: SessionEnd, *, target_type: str, target_id: UUID) -> int:
    """End those that are still open; how many there were. The target is what the record names."""
    with transaction.atomic():
        ended = sessions.filter(revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_reason=reason)
        if ended:
            security_event(
                action=SIGNED_OUT if reason == SessionEnd.SIGNED_OUT else SESSIONS_ENDED,
                target_type=target_type,
                target_id=target_id,
                metadata={"reason": str(reason), "sessions": ended},
                schema="public",
            )
    if ended:
        directory.forget()
        log.info("sessions_ended", count=ended, reason=str(reason))
    return ended


def session_end(*, session_id: UUID, reason: SessionEnd) -> bool:
    """End one session; False when it had ended before."""
    return _end(Session.objects.filter(pk=session_id), reason, target_type="session", target_id=session_id) == 1


def session_revoke(*, actor: Actor, session_id: UUID) -> None:
    """Sign one of the actor's own devices out.

    Raises:
        NotFound: when it is not theirs, or not open any more.
    """
    if actor.user_id is None:
        raise NotFound
    own = open_sessions_of(actor.user_id).filter(pk=session_id)
    if not _end(own, SessionEnd.REVOKED, target_type="session", target_id=session_id):
        raise NotFound


def sessions_revoke(
    *, user_id: UUID, reason: SessionEnd, tenant_id: UUID | None = None, except_id: UUID | None = None
) -> int:
    """End a person's sessions: all, or those in one organisation, or all but one; how many were open.

    Everything that takes access away calls this: password, membership, deactivation.
    """
    sessions = Session.objects.filter(user_id=user_id)
    if tenant_id is not None:
        sessions = sessions.filter(tenant_id=tenant_id)
    if except_id is not None:
        sessions = sessions.exclude(pk=except_id)
    return _end(sessions, reason, target_type="person", target_id=user_id)


def sessions_purge() -> int:
    """Delete the rows of sessions that ended or ran out more than `KEEP_DAYS` days ago, in batches; how many."""
    before = timezone.now() - timedelta(days=KEEP_DAYS)
    deleted = 0
    while True:
        stale = Session.objects.filter(idle_expires_at__lt=before) | Session.objects.filter(revoked_at__lt=before)
        batch = list(stale.order_by().values_list("pk", flat=True)[:_PURGE_BATCH])
        if not batch:
            return deleted
        deleted += Session.objects.filter(pk__in=batch).delete()[0]
