"""Signed-in devices."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from tenants.models import Membership, Session, Tenant, User
from tenants.selectors import directory
from tenants.services.sessions import Device, TokenPair, session_open

DEVICE = Device("Firefox on a desk", "192.0.2.7")
CLOCK = ("created_at", "last_used_at", "rotated_at", "idle_expires_at", "expires_at")


def signed_in(user: User, tenant: Tenant, *, continues: Session | None = None) -> TokenPair:
    """The person's new session in the organisation they belong to."""
    role = Membership.objects.values_list("role", flat=True).get(user=user, tenant=tenant)
    return session_open(user=user, tenant_id=tenant.pk, role=role, device=DEVICE, continues=continues)


def stored(pair: TokenPair) -> Session:
    """The session's row as it is now."""
    return Session.objects.get(pk=pair.session.pk)


def age(pair: TokenPair, **passed: float) -> None:
    """Let time pass for one session: all its times move into the past by `timedelta(**passed)`."""
    shift = timedelta(**passed)
    changes: dict[str, Any] = {name: F(name) - shift for name in CLOCK}
    Session.objects.filter(pk=pair.session.pk).update(**changes)
    directory.forget()


def erase(person: User) -> None:
    """Delete somebody as an operator would in SQL; the product itself refuses to."""
    with connection.cursor() as cursor:
        for table in ("tenants_session", "tenants_membership"):
            cursor.execute(f"DELETE FROM public.{table} WHERE user_id = %s", [person.pk])
        cursor.execute("DELETE FROM public.tenants_user WHERE id = %s", [person.pk])
