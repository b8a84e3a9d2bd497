"""Setting amounts aside before work begins, and writing down what it really took.

Tokens and spend are counted in rows, one for each subject and month; a reservation is one conditional UPDATE for each,
in one order, so that parallel work neither passes a limit nor waits in a circle. The other kinds are measured where
they are (jobs, memberships, bytes): there a lock of the organisation and kind, held to the end of the caller's
transaction, makes measuring and doing one step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from config.kernel.context import Actor
from config.kernel.errors import NotFound, ValidationFailed
from config.kernel.schemas import present_schema
from tenants.exceptions import QuotaReached, TooManyJobs
from tenants.models.quota import (
    COUNTED,
    QuotaKind,
    QuotaReservation,
    QuotaUsage,
    ReservationStatus,
)
from tenants.selectors.directory import tenant_by_schema
from tenants.selectors.quotas import (
    Subject,
    limit_of,
    measured,
    month_end,
    month_of,
    subjects_of,
)
from tenants.selectors.usage import reserved_of

log = structlog.get_logger(__name__)

# A reservation whose work was lost without a trace is free again after so long; work that lives longer still settles.
RESERVATION_LIFE = timedelta(hours=24)
KEEP = timedelta(days=90)
BATCH = 500
RETRY_RUNNING_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was set aside."""

    id: UUID
    kind: QuotaKind
    amount: Decimal


def _here() -> UUID:
    """The organisation in whose schema the caller works.

    Raises:
        NotFound: there is none: quotas are of organisations.
    """
    tenant = tenant_by_schema(present_schema())
    if tenant is None:
        raise NotFound
    return tenant.id


def quota_limited(*, actor: Actor, kinds: Iterable[str], project_id: UUID | None = None) -> bool:
    """Whether any of these kinds has a limit for the actor in this project: what is not limited needs no estimate."""
    tenant_id = _here()
    subjects = subjects_of(tenant_id, project_id=project_id, person_id=actor.user_id)
    return any(limit_of(tenant_id, QuotaKind(kind), subject) is not None for kind in kinds for subject in subjects)


def quota_admit(
    *, actor: Actor, kind: str, amount: Decimal | int = 1, project_id: UUID | None = None, tenant_id: UUID | None = None
) -> None:
    """Let `amount` more of a measured kind come into being in the caller's transaction, which must be open.

    Raises:
        QuotaReached: there is no room for it.
        TooManyJobs: the same, for jobs.
    """
    chosen, tenant = QuotaKind(kind), tenant_id or _here()
    people = None if chosen == QuotaKind.MEMBERS else actor.user_id
    limits = [
        (subject, limit)
        for subject in subjects_of(tenant, project_id=project_id, person_id=people)
        if (limit := limit_of(tenant, chosen, subject)) is not None
    ]
    if not limits:
        return
    _lock(tenant, chosen)
    for subject, limit in limits:
        found = measured(chosen, subject)
        reserved = reserved_of(tenant, chosen, subject)
        if found.used + reserved + amount > limit:
            raise _reached(chosen, subject, limit, found.used, reserved, found.resets_at)


def _lock(tenant_id: UUID, kind: QuotaKind) -> None:
    """One at a time for this organisation and kind, until the transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("quota_admit: expected a transaction of the caller, found none")
    number = int.from_bytes(sha256(f"quota:{tenant_id}:{kind}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


@transaction.atomic
def quota_reserve(
    *,
    actor: Actor,
    kind: str,
    amount: Decimal | int,
    project_id: UUID | None = None,
    reference: UUID | None = None,
    life: timedelta = RESERVATION_LIFE,
) -> Reservation:
    """Set `amount` aside for the organisation, the project and the actor together, or for none of them.

    Raises:
        ValidationFailed: a negative amount.
        QuotaReached: one of the three has not enough left.
    """
    chosen, tenant_id, wanted = QuotaKind(kind), _here(), Decimal(amount)
    if wanted < 0:
        raise ValidationFailed.field("amount", _("Expected a number from 0 on, found %(found)s.") % {"found": wanted})
    month = month_of()
    if chosen in COUNTED:
        quotas_expire(tenant_id=tenant_id, kind=chosen)
        _set_aside(
            tenant_id, chosen, month, wanted, subjects_of(tenant_id, project_id=project_id, person_id=actor.user_id)
        )
    else:
        quota_admit(actor=actor, kind=kind, amount=wanted, project_id=project_id)
    row = QuotaReservation.objects.create(
        tenant_id=tenant_id,
        kind=chosen,
        project_id=project_id,
        person_id=actor.user_id,
        reference=reference,
        month=month,
        amount=wanted,
        expires_at=timezone.now() + life,
    )
    return Reservation(row.pk, chosen, wanted)


def _set_aside(tenant_id: UUID, kind: QuotaKind, month: date, amount: Decimal, subjects: list[Subject]) -> None:
    """Raise `reserved` of every subject that has room for it.

    Raises:
        QuotaReached: one has not; the caller's transaction undoes the others.
    """
    _make_rows(tenant_id, kind, month, subjects)
    for subject in subjects:
        limit = limit_of(tenant_id, kind, subject)
        rows = _rows(tenant_id, kind, month, subject)
        if limit is not None:
            rows = rows.filter(used__lte=limit - amount - F("reserved"))
        if not rows.update(reserved=F("reserved") + amount):
            row = _rows(tenant_id, kind, month, subject).get()
            raise _reached(kind, subject, limit or Decimal(0), row.used, row.reserved, month_end(month))


def _rows(tenant_id: UUID, kind: QuotaKind, month: date, subject: Subject) -> QuerySet[QuotaUsage]:
    """The one row of a subject and month."""
    return QuotaUsage.objects.filter(
        tenant_id=tenant_id, kind=kind, month=month, scope=subject.scope, subject_id=subject.id
    )


def _make_rows(tenant_id: UUID, kind: QuotaKind, month: date, subjects: list[Subject]) -> None:
    """A row for every subject, where there is none yet; in the order in which rows are locked."""
    QuotaUsage.objects.bulk_create(
        [
            QuotaUsage(tenant_id=tenant_id, kind=kind, month=month, scope=subject.scope, subject_id=subject.id)
            for subject in subjects
        ],
        ignore_conflicts=True,
    )


def quota_settle(*, reservation_id: UUID, amount: Decimal | int) -> bool:
    """Turn a reservation into what was really used, more or less than was set aside. Settling twice is settling once.

    An expired reservation settles as well: what was used was used. False when it was settled or released before.
    """
    return _close(reservation_id, ReservationStatus.SETTLED, Decimal(amount))


def quota_release(*, reservation_id: UUID) -> bool:
    """Give a reservation back unused; False when it was closed before."""
    return _close(reservation_id, ReservationStatus.RELEASED, Decimal(0))


@transaction.atomic
def _close(reservation_id: UUID, status: ReservationStatus, used: Decimal) -> bool:
    """Close a reservation once: of several callers one finds it open."""
    row = QuotaReservation.objects.select_for_update().filter(pk=reservation_id).first()
    leaving = {ReservationStatus.OPEN, ReservationStatus.EXPIRED}
    if row is None or row.status not in leaving or (status != ReservationStatus.SETTLED and row.status != "open"):
        return False
    was_open = row.status == ReservationStatus.OPEN
    row.status, row.settled = status, used
    row.save(update_fields=["status", "settled", "updated_at"])
    kind = QuotaKind(row.kind)
    if kind in COUNTED:
        freed = row.amount if was_open else Decimal(0)
        subjects = subjects_of(row.tenant_id, project_id=row.project_id, person_id=row.person_id)
        for subject in subjects:
            _rows(row.tenant_id, kind, row.month, subject).update(reserved=F("reserved") - freed, used=F("used") + used)
    return True


@transaction.atomic
def quota_settle_total(
    *, reference: UUID, kind: str, total: Decimal | int, project_id: UUID | None, person_id: UUID | None
) -> None:
    """Bring what is written down for a job to `total` of a counted kind: its open reservation, or a new line.

    What earlier settlements of the same job counted is not counted again.
    """
    mine = QuotaReservation.objects.filter(reference=reference, kind=kind)
    before = mine.aggregate(total=Sum("settled"))["total"] or Decimal(0)
    used = max(Decimal(total) - before, Decimal(0))
    waiting = mine.filter(status__in=[ReservationStatus.OPEN, ReservationStatus.EXPIRED])
    for reservation_id in waiting.values_list("pk", flat=True):
        if quota_settle(reservation_id=reservation_id, amount=used):
            used = Decimal(0)
    if used:
        _count(QuotaKind(kind), used, reference=reference, project_id=project_id, person_id=person_id)


def _count(kind: QuotaKind, used: Decimal, *, reference: UUID, project_id: UUID | None, person_id: UUID | None) -> None:
    """Write down a use for which nothing had been set aside."""
    tenant_id, month = _here(), month_of()
    QuotaReservation.objects.create(
        tenant_id=tenant_id, kind=kind, project_id=project_id, person_id=person_id, reference=reference, month=month,
        amount=0, settled=used, status=ReservationStatus.SETTLED, expires_at=timezone.now(),
    )  # fmt: skip
    subjects = subjects_of(tenant_id, project_id=project_id, person_id=person_id)
    _make_rows(tenant_id, kind, month, subjects)
    for subject in subjects:
        _rows(tenant_id, kind, month, subject).update(used=F("used") + used)


@transaction.atomic
def quotas_expire(*, tenant_id: UUID | None = None, kind: str | None = None) -> int:
    """Free what reservations set aside whose time is over; how many there were. At most `BATCH` at a time.

    Those that somebody closes in this moment are left to them.
    """
    due = QuotaReservation.objects.filter(status=ReservationStatus.OPEN, expires_at__lte=timezone.now())
    if tenant_id is not None:
        due = due.filter(tenant_id=tenant_id)
    if kind is not None:
        due = due.filter(kind=kind)
    mine = list(due.select_for_update(skip_locked=True).order_by("month", "id").values_list("pk", flat=True)[:BATCH])
    expired = sum(_close(pk, ReservationStatus.EXPIRED, Decimal(0)) for pk in mine)
    if expired:
        log.warning("quota_reservations_expired", count=expired)
    return expired


def quotas_purge() -> int:
    """Delete reservations that were closed long ago; how many."""
    old = QuotaReservation.objects.exclude(status=ReservationStatus.OPEN).filter(created_at__lt=timezone.now() - KEEP)
    gone, _by_model = QuotaReservation.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:5000])).delete()
    return gone


def _reached(
    kind: QuotaKind, subject: Subject, limit: Decimal, used: Decimal, reserved: Decimal, resets_at: datetime | None
) -> QuotaReached | TooManyJobs:
    """The refusal, with the figures that `/usage` shows."""
    details = {
        "kind": kind.value, "scope": subject.scope.value, "used": used, "reserved": reserved, "limit": limit,
        "resets_at": resets_at,
    }  # fmt: skip
    if kind not in {QuotaKind.JOBS_PER_MINUTE, QuotaKind.RUNNING_JOBS}:
        return QuotaReached(details=details)
    wait = RETRY_RUNNING_SECONDS
    if resets_at is not None:
        wait = max(1, int((resets_at - timezone.now()).total_seconds()) + 1)
    return TooManyJobs(retry_after_seconds=wait, limit=int(limit), details=details)
