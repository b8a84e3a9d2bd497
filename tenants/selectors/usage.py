"""What the organisation, a project and a person used, have reserved and may use."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from config.kernel.context import Actor
from config.kernel.errors import AuthenticationFailed, NotFound
from tenants.models.quota import COUNTED, QuotaKind, QuotaReservation, QuotaScope, QuotaUsage, ReservationStatus
from tenants.selectors.quotas import Subject, is_visible, limit_of, measured, month_end, month_of

KINDS = {
    QuotaScope.ORGANISATION: tuple(QuotaKind),
    QuotaScope.PROJECT: tuple(kind for kind in QuotaKind if kind != QuotaKind.MEMBERS),
    QuotaScope.PERSON: tuple(kind for kind in QuotaKind if kind != QuotaKind.MEMBERS),
}
_COLUMNS = {QuotaScope.PROJECT: "project_id", QuotaScope.PERSON: "person_id"}


def usage_shown(*, actor: Actor, tenant_id: UUID, project_id: UUID | None = None) -> dict[str, Any]:
    """The usage of the organisation, of the actor in it, and of one project when it is named.

    Raises:
        AuthenticationFailed: when nobody is signed in.
        NotFound: the project does not exist for the actor.
    """
    if actor.user_id is None:
        raise AuthenticationFailed
    if project_id is not None and not is_visible(actor, QuotaScope.PROJECT, project_id):
        raise NotFound
    return {
        "organisation": _lines(tenant_id, Subject(QuotaScope.ORGANISATION, tenant_id)),
        "project": _lines(tenant_id, Subject(QuotaScope.PROJECT, project_id)) if project_id else None,
        "me": _lines(tenant_id, Subject(QuotaScope.PERSON, actor.user_id)),
    }


def reserved_of(tenant_id: UUID, kind: QuotaKind, subject: Subject) -> Decimal:
    """What open reservations that have not expired set aside for the subject."""
    open_ones = QuotaReservation.objects.filter(
        tenant_id=tenant_id, kind=kind, status=ReservationStatus.OPEN, expires_at__gt=timezone.now()
    )
    if subject.scope in _COLUMNS:
        open_ones = open_ones.filter(**{_COLUMNS[subject.scope]: subject.id})
    return open_ones.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def _lines(tenant_id: UUID, subject: Subject) -> list[dict[str, Any]]:
    month = month_of()
    counted = {
        row.kind: row
        for row in QuotaUsage.objects.filter(
            tenant_id=tenant_id, scope=subject.scope, subject_id=subject.id, month=month
        )
    }
    return [_line(tenant_id, kind, subject, counted.get(kind)) for kind in KINDS[subject.scope]]


def _line(tenant_id: UUID, kind: QuotaKind, subject: Subject, row: QuotaUsage | None) -> dict[str, Any]:
    resets_at: datetime | None
    if kind in COUNTED:
        used, resets_at = row.used if row else Decimal(0), month_end(month_of())
    else:
        found = measured(kind, subject)
        used, resets_at = found.used, found.resets_at
    return {
        "kind": kind.value,
        "used": used,
        "reserved": reserved_of(tenant_id, kind, subject),
        "limit": limit_of(tenant_id, kind, subject),
        "resets_at": resets_at,
    }
