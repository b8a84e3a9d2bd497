"""Which organisation answers at a host or slug, and what a person is to it: cached look-ups.

Both caches live in the process for at most `LIFE_SECONDS`; that is how long a suspension, a revoked membership or an
ended session may go unnoticed elsewhere. The process that changes something forgets its own at once.
"""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import TLRUCache
from django.db import connection
from django.db.models import FilteredRelation, Q
from django_tenants.utils import schema_context

from tenants.choices import SessionEnd
from tenants.models import Membership, Tenant
from tenants.models.session import password_mark_of

LIFE_SECONDS = 4.0
_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class TenantRef:
    """What a request needs to know of an organisation; safe to share between threads."""

    id: UUID
    slug: str
    name: str
    schema_name: str
    status: str

    @property
    def is_active(self) -> bool:
        """True when the organisation is served."""
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Access:
    """What a person is to one organisation right now, and why their session is over (empty while it is not)."""

    role: str
    email: str
    session_end: str = ""


def _expiry(_key: Any, kept: tuple[float, Any], _now: float) -> float:
    """Counted from before the row was read: a slow query does not prolong what it found."""
    return kept[0] + LIFE_SECONDS


def _cache() -> TLRUCache[Any, tuple[float, Any]]:
    return TLRUCache(_ENTRIES, ttu=_expiry, timer=time.monotonic)


_tenants = _cache()
_access = _cache()
_lock = Lock()
_FIELDS = ("id", "slug", "name", "schema_name", "status")


def _remembered(cache: TLRUCache[Any, tuple[float, Any]], key: Any, read: Any) -> Any:
    """The cached value, or what `read` finds; a miss is remembered too."""
    with _lock:
        kept = cache.get(key)
    if kept is None:
        started = time.monotonic()
        kept = (started, read())
        with _lock:
            cache[key] = kept
    return kept[1]


def _tenant(**where: Any) -> TenantRef | None:
    with schema_context("public"):
        row = Tenant.objects.filter(**where).values_list(*_FIELDS).first()
    return TenantRef(*row) if row else None


def tenant_by_host(host: str) -> TenantRef | None:
    """The organisation that answers at `host` (lower case, without port), or None."""
    found: TenantRef | None = _remembered(_tenants, ("host", host), lambda: _tenant(domains__domain=host))
    return found


def tenant_by_slug(slug: str) -> TenantRef | None:
    """The organisation with this slug, or None."""
    found: TenantRef | None = _remembered(_tenants, ("slug", slug), lambda: _tenant(slug=slug))
    return found


def tenant_by_schema(schema_name: str) -> TenantRef | None:
    """The organisation of this schema, or None (the public schema and the template are none)."""
    found: TenantRef | None = _remembered(_tenants, ("schema", schema_name), lambda: _tenant(schema_name=schema_name))
    return found


def _read_access(user_id: UUID, tenant_id: UUID, session_id: UUID | None) -> Access | None:
    """Membership, person and session in one query."""
    session = Q(user__sessions__id=session_id, user__sessions__tenant_id=tenant_id)
    with schema_context("public"):
        row = (
            Membership.objects.filter(user_id=user_id, tenant_id=tenant_id, is_active=True, user__is_active=True)
            .order_by()
            .annotate(session=FilteredRelation("user__sessions", condition=session))
            .values_list(
                "role",
                "user__email",
                "user__password",
                "session__password_mark",
                "session__revoked_at",
                "session__revoked_reason",
            )
            .first()
        )
    if row is None:
        return None
    role, email, password, mark, revoked_at, reason = row
    return Access(role, email, _session_end(password, mark, revoked_at, reason) if session_id else "")


def _session_end(password: str, mark: str | None, revoked_at: Any, reason: str | None) -> str:
    """Why the session is over, or an empty string. One that is not there counts as signed out."""
    if mark is None:
        return str(SessionEnd.SIGNED_OUT)
    if revoked_at is not None:
        return str(reason)
    return "" if mark == password_mark_of(password) else str(SessionEnd.PASSWORD)


def access_of(user_id: UUID, tenant_id: UUID, session_id: UUID | None = None) -> Access | None:
    """What this person is to the organisation, or None when they do not belong (any more).

    With `session_id` the answer says whether that session of theirs, in this organisation, is over; without, a
    browser's own session is meant, which Django checks.
    """
    found: Access | None = _remembered(
        _access, (user_id, tenant_id, session_id), lambda: _read_access(user_id, tenant_id, session_id)
    )
    return found


def forget() -> None:
    """Drop what this process remembers; called by every service that changes organisations or memberships."""
    with _lock:
        _tenants.clear()
        _access.clear()


def use_tenant(tenant: TenantRef | None) -> None:
    """Point the connection at the organisation's schema, or at public; a fresh copy each time (it is mutated)."""
    if tenant is None:
        connection.set_schema_to_public()  # type: ignore[attr-defined]  # the tenants backend adds it
    else:
        connection.set_tenant(  # type: ignore[attr-defined]
            Tenant(
                id=tenant.id, slug=tenant.slug, name=tenant.name, schema_name=tenant.schema_name, status=tenant.status
            )
        )
