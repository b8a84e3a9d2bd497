"""Which organisation answers at a host or slug, and what a person is to it: cached look-ups.

Both caches live in the process for at most `LIFE_SECONDS`; that is how long a suspension or a revoked membership
may go unnoticed elsewhere. The process that changes something forgets its own at once.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import TTLCache
from django.db import connection
from django_tenants.utils import schema_context

from tenants.models import Membership, Tenant

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
    """What a person is to one organisation right now."""

    role: str
    email: str


_tenants: TTLCache[tuple[str, str], TenantRef | None] = TTLCache(_ENTRIES, LIFE_SECONDS)
_access: TTLCache[tuple[UUID, UUID], Access | None] = TTLCache(_ENTRIES, LIFE_SECONDS)
_lock = Lock()
_FIELDS = ("id", "slug", "name", "schema_name", "status")


def _remembered(cache: TTLCache[Any, Any], key: Any, read: Any) -> Any:
    """The cached value, or what `read` finds; a miss is remembered too."""
    with _lock:
        if key in cache:
            return cache[key]
    value = read()
    with _lock:
        cache[key] = value
    return value


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


def _read_access(user_id: UUID, tenant_id: UUID) -> Access | None:
    with schema_context("public"):
        row = (
            Membership.objects.filter(user_id=user_id, tenant_id=tenant_id, is_active=True, user__is_active=True)
            .values_list("role", "user__email")
            .first()
        )
    return Access(*row) if row else None


def access_of(user_id: UUID, tenant_id: UUID) -> Access | None:
    """What this person is to the organisation, or None when they do not belong (any more)."""
    found: Access | None = _remembered(_access, (user_id, tenant_id), lambda: _read_access(user_id, tenant_id))
    return found


def forget() -> None:
    """Drop what this process remembers; called by every service that changes organisations or memberships."""
    with _lock:
        _tenants.clear()
        _access.clear()


def use_tenant(tenant: TenantRef | None) -> None:
    """Point the connection at the organisation's schema, or at public; a fresh copy each time (it is mutated)."""
    if tenant is None:
        connection.set_schema_to_public()
    else:
        connection.set_tenant(
            Tenant(
                id=tenant.id, slug=tenant.slug, name=tenant.name, schema_name=tenant.schema_name, status=tenant.status
            )
        )
