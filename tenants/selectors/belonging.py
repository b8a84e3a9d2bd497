"""Who a person is and where they belong, read for sign-in and for the person themselves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.db.models.functions import Lower

from config.kernel.context import Actor
from config.kernel.errors import AuthenticationFailed
from tenants.choices import TenantStatus
from tenants.models import Membership, User


@dataclass(frozen=True, slots=True)
class Belonging:
    """One organisation of a person, and what they are in it."""

    id: UUID
    slug: str
    name: str
    role: str
    status: str

    @property
    def is_active(self) -> bool:
        """True when the organisation is served."""
        return self.status == TenantStatus.ACTIVE


def email_canonical(value: str) -> str:
    """The one form in which an e-mail address is stored: no blanks around it, lower case, the domain in ASCII.

    Look-alikes of other scripts so become visible as `xn--...`, and compatible letters the ones they stand for. What
    has no such form comes back as it is, for validation to refuse.
    """
    email = value.strip().lower()
    local, at, domain = email.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}" if not domain.isascii() else email
    except UnicodeError:
        return email


def person_by_email(email: str) -> User | None:
    """The person of this e-mail, whatever its case, or None; by the index on the lower-case e-mail."""
    wanted = email_canonical(email)
    return User.objects.annotate(email_lower=Lower("email")).filter(email_lower=wanted).first()


def acting_person(actor: Actor) -> User:
    """The active person who acts.

    Raises:
        AuthenticationFailed: when it is nobody, or nobody any more.
    """
    found = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if found is None:
        raise AuthenticationFailed
    return found


def belongings_of(user_id: UUID) -> list[Belonging]:
    """Every organisation that the person belongs to now, by slug; those waiting for deletion are left out."""
    rows = (
        Membership.objects.filter(user_id=user_id, is_active=True)
        .exclude(tenant__status=TenantStatus.DELETING)
        .order_by("tenant__slug")
        .values_list("tenant_id", "tenant__slug", "tenant__name", "role", "tenant__status")
    )
    return [Belonging(*row) for row in rows]


def people_of(tenant_id: UUID | None = None) -> list[dict[str, Any]]:
    """People by e-mail, those of one organisation or all: account, state, and slug -> role of where they belong."""
    active = Membership.objects.filter(is_active=True).select_related("tenant").order_by("tenant__slug")
    rows = User.objects.prefetch_related(Prefetch("memberships", queryset=active, to_attr="active_memberships"))
    if tenant_id is not None:
        rows = rows.filter(memberships__tenant_id=tenant_id, memberships__is_active=True)
    return [
        {
            "id": user.pk,
            "email": user.email,
            "name": user.name,
            "is_active": user.is_active,
            "is_operator": user.is_superuser,
            "organisations": {row.tenant.slug: row.role for row in user.active_memberships},
        }
        for user in rows.order_by("email")
    ]
