"""What jobs use of the quotas: measured in their rows, reserved before they start, settled when they end."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from config.kernel.context import Actor
from generation.choices import ACTIVE
from generation.models import Job
from tenants.models.quota import QuotaKind, QuotaScope
from tenants.selectors.quotas import Measured, Subject
from tenants.services.quotas import quota_admit, quota_limited, quota_reserve, quota_settle_total

if TYPE_CHECKING:
    from generation.jobs.kinds import Estimate

MINUTE = timedelta(minutes=1)


def _of(subject: Subject) -> Q:
    """Whole pieces of work; the parts of a job are no jobs of their own here."""
    whole = Q(parent__isnull=True)
    if subject.scope == QuotaScope.PROJECT:
        return whole & Q(project_id=subject.id)
    return whole & Q(created_by_id=subject.id) if subject.scope == QuotaScope.PERSON else whole


def measure_running(subject: Subject) -> Measured:
    """Jobs that wait or run."""
    return Measured(Decimal(Job.objects.filter(_of(subject), status__in=sorted(ACTIVE)).count()))


def measure_started(subject: Subject) -> Measured:
    """Jobs that were started within the last sixty seconds; the first of them leaves the count at `resets_at`."""
    since = timezone.now() - MINUTE
    started = list(Job.objects.filter(_of(subject), created_at__gt=since).values_list("created_at", flat=True))
    return Measured(Decimal(len(started)), min(started) + MINUTE if started else None)


def admit_job(actor: Actor, project_id: UUID) -> None:
    """Hold one more job against the quotas, inside the transaction that makes it.

    Raises:
        TooManyJobs: at once, or in this minute.
    """
    for kind in (QuotaKind.JOBS_PER_MINUTE, QuotaKind.RUNNING_JOBS):
        quota_admit(actor=actor, kind=kind, project_id=project_id)


def is_budgeted(actor: Actor, project_id: UUID) -> bool:
    """Whether tokens or money are limited here, so that the job has to be estimated before it starts."""
    return quota_limited(actor=actor, kinds=(QuotaKind.SPEND, QuotaKind.TOKENS), project_id=project_id)


def reserve_job(actor: Actor, job_id: UUID, project_id: UUID, estimate: "Estimate", max_cost: Decimal | None) -> None:
    """Set aside what the job will take: its estimate, and of money at most its own cap.

    Raises:
        QuotaReached: there is not enough left.
    """
    cost = Decimal(estimate.cost or 0)
    if max_cost is not None:
        cost = max_cost if estimate.cost is None else min(cost, max_cost)
    tokens = estimate.prompt_tokens + estimate.completion_tokens
    for kind, amount in ((QuotaKind.SPEND, cost), (QuotaKind.TOKENS, Decimal(tokens))):
        quota_reserve(actor=actor, kind=kind, amount=amount, project_id=project_id, reference=job_id)


def settle_job(job_id: UUID) -> None:
    """Write down what the job really took so far, and free what it had set aside.

    Called before the job's row is changed to its end, in the same transaction: rows of usage are locked before rows of
    jobs everywhere.
    """
    row = (
        Job.objects.filter(pk=job_id)
        .values("project_id", "created_by_id", "cost", "prompt_tokens", "completion_tokens")
        .first()
    )
    if row is None:  # its project was purged meanwhile; what it set aside expires
        return
    totals = ((QuotaKind.SPEND, row["cost"]), (QuotaKind.TOKENS, row["prompt_tokens"] + row["completion_tokens"]))
    for kind, total in totals:
        quota_settle_total(
            reference=job_id, kind=kind, total=total, project_id=row["project_id"], person_id=row["created_by_id"]
        )
