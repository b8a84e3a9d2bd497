"""Finding lost jobs: leases that ran out, and messages that never arrived."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from config.kernel.schemas import present_schema
from generation.choices import ACTIVE, JobStatus, StepStatus
from generation.jobs.active_index import mark_complete, note_active, take_active
from generation.jobs.delivery import deliver_again, deliver_on_commit
from generation.jobs.quotas import settle_job
from generation.jobs.states import move
from generation.models import Job, JobStep

log = structlog.get_logger("studio.job")

BATCH = 500
LONGEST_SILENCE_SECONDS = 3600


@dataclass(slots=True)
class Swept:
    """What one sweep did."""

    organisations: int = 0
    resumed: int = 0
    dead: int = 0
    cancelled: int = 0
    delivered: int = 0


def sweep(schemas_served: Iterable[str]) -> Swept:
    """Visit the organisations that are noted as having active jobs, or all of `schemas_served` when it is time to.

    `schemas_served` are those of active organisations; others keep their jobs for later. One organisation's fault does
    not keep the others waiting.
    """
    served, swept = list(schemas_served), Swept()
    noted = take_active()
    for schema in served if noted is None else sorted(set(noted).intersection(served)):
        try:
            with schema_context(schema):
                _sweep_here(swept)
        except DatabaseError:
            note_active(schema)
            log.exception("sweep_failed", schema=schema)
        swept.organisations += 1
    if noted is None:
        mark_complete()
    return swept


def _sweep_here(swept: Swept) -> None:
    """The sweep of the present schema."""
    expired = Job.objects.filter(status=JobStatus.RUNNING, lease_expires_at__lt=Now())
    for job in expired.select_related("created_by").order_by("lease_expires_at")[:BATCH]:
        _recover(job, swept)
    now = timezone.now()
    for job in Job.objects.filter(status=JobStatus.QUEUED).order_by("enqueued_at", "id")[:BATCH]:
        if _is_overdue(job, now) and deliver_again(job.pk, job.queue, job):
            swept.delivered += 1
    if Job.objects.filter(status__in=sorted(ACTIVE)).exists():
        note_active(present_schema())


def _recover(job: Job, swept: Swept) -> None:
    """A job whose worker was lost: cancelled if that was asked for, dead after its last attempt, else queued again."""
    lost = Job.objects.filter(pk=job.pk, fence=job.fence, lease_expires_at__lt=Now())
    running = {JobStatus.RUNNING}
    log.warning("job_lost", job_id=str(job.pk), kind=job.kind, attempt=job.attempt, worker=job.worker)
    with transaction.atomic(), translation.override(job.created_by.language if job.created_by else None):
        if job.cancel_requested_at is not None or job.attempt >= job.max_attempts:
            # If the worker comes back in this moment, only what was set aside is free too early: totals stay right.
            settle_job(job.pk)
        if job.cancel_requested_at is not None:
            swept.cancelled += move(lost, JobStatus.CANCELLED, only_from=running)
        elif job.attempt >= job.max_attempts:
            sentence = _("The job's worker was lost %(attempts)d times.") % {"attempts": job.attempt}
            swept.dead += move(
                lost, JobStatus.DEAD, only_from=running, error_code="worker_lost", error=sentence,
                error_detail=f"last worker: {job.worker}",
            )  # fmt: skip
        elif move(lost, JobStatus.QUEUED, only_from=running, enqueued_at=Now(), deliveries=1):
            swept.resumed += 1
            deliver_on_commit(job.pk, job.queue)
            return
        JobStep.objects.filter(job_id=job.pk, status=StepStatus.RUNNING).exclude(job__status__in=sorted(ACTIVE)).update(
            status=StepStatus.FAILED, error_code="worker_lost", finished_at=Now(), updated_at=Now()
        )


def _is_overdue(job: Job, now: datetime) -> bool:
    """Whether a queued job's message is likely lost.

    The patience doubles with every delivery, so that a long queue is not filled with copies of its own messages.
    """
    if job.enqueued_at is None:
        return True
    patience_seconds = min(settings.JOB_LEASE_S * 2 ** max(job.deliveries - 1, 0), LONGEST_SILENCE_SECONDS)
    return bool(now - job.enqueued_at > timedelta(seconds=patience_seconds))
