"""Which limits hold for whom, and what is measured where it is. Upper apps say how their own things are measured."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock
from uuid import UUID

from cachetools import TTLCache
from django.conf import settings
from django.utils import timezone

from config.kernel.context import Actor
from tenants.models import Membership
from tenants.models.quota import Quota, QuotaKind, QuotaScope

# How long a changed quota may go unnoticed by other processes.
LIFE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Subject:
    """One of those whose quota a piece of work uses."""

    scope: QuotaScope
    id: UUID


@dataclass(frozen=True, slots=True)
class Measured:
    """How much is in use right now, and when some of it comes free by itself (None: not by itself)."""

    used: Decimal
    resets_at: datetime | None = None


# Called in the organisation's schema.
Measure = Callable[[Subject], Measured]
# Whether a project exists for somebody.
Sight = Callable[[Actor, UUID], bool]

_measures: dict[QuotaKind, Measure] = {}
_sights: dict[QuotaScope, Sight] = {}
_limits: TTLCache[UUID, Mapping[tuple[str, UUID | None, str], Decimal]] = TTLCache(4096, LIFE_SECONDS, time.monotonic)
_lock = Lock()


def register_measure(kind: QuotaKind, measure: Measure) -> None:
    """Say how a kind is measured; an upper app does when it is ready."""
    _measures[kind] = measure


def register_sight(scope: QuotaScope, sight: Sight) -> None:
    """Say who may see the usage of a project; the app of projects does when it is ready."""
    _sights[scope] = sight


def is_visible(actor: Actor, scope: QuotaScope, subject_id: UUID) -> bool:
    """Whether the actor may see this subject's usage."""
    sight = _sights.get(scope)
    return sight is not None and sight(actor, subject_id)


def measured(kind: QuotaKind, subject: Subject) -> Measured:
    """How much of a measured kind the subject uses.

    Raises:
        LookupError: nobody registered how.
    """
    if kind not in _measures:
        raise LookupError(f"quota {kind}: expected a registered measure of {sorted(_measures)}")
    return _measures[kind](subject)


def measure_members(subject: Subject) -> Measured:
    """The people who belong to the organisation now."""
    return Measured(Decimal(Membership.objects.filter(tenant_id=subject.id, is_active=True).count()))


def subjects_of(tenant_id: UUID, *, project_id: UUID | None, person_id: UUID | None) -> list[Subject]:
    """Whose quotas one piece of work uses, always in this order: rows are locked in it."""
    found = [Subject(QuotaScope.ORGANISATION, tenant_id)]
    if project_id is not None:
        found.append(Subject(QuotaScope.PROJECT, project_id))
    if person_id is not None:
        found.append(Subject(QuotaScope.PERSON, person_id))
    return found


def limit_of(tenant_id: UUID, kind: QuotaKind, subject: Subject) -> Decimal | None:
    """The limit that holds: the subject's own, else the organisation's for all such, else the default; None: none."""
    known = _limits_of(tenant_id)
    own = None if subject.scope == QuotaScope.ORGANISATION else subject.id
    for key in ((subject.scope, own, kind), (subject.scope, None, kind)):
        if key in known:
            return known[key]
    defaults: Mapping[tuple[str, str], Decimal] = settings.QUOTA_DEFAULTS
    return defaults.get((subject.scope, kind))


def _limits_of(tenant_id: UUID) -> Mapping[tuple[str, UUID | None, str], Decimal]:
    """Every quota of the organisation, remembered for `LIFE_SECONDS`."""
    with _lock:
        known = _limits.get(tenant_id)
    if known is None:
        rows = Quota.objects.filter(tenant_id=tenant_id).values_list("scope", "subject_id", "kind", "limit")
        known = {(scope, subject_id, kind): limit for scope, subject_id, kind, limit in rows}
        with _lock:
            _limits[tenant_id] = known
    return known


def forget_limits() -> None:
    """Drop what this process remembers."""
    with _lock:
        _limits.clear()


def month_of(moment: datetime | None = None) -> date:
    """The first day (UTC) of the month that counts."""
    return (moment or timezone.now()).astimezone(UTC).date().replace(day=1)


def month_end(month: date) -> datetime:
    """When the count of a month begins anew."""
    year, following = (month.year + 1, 1) if month.month == 12 else (month.year, month.month + 1)
    return datetime(year, following, 1, tzinfo=UTC)
