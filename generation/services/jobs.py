"""Starting, cancelling and replaying jobs."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from uuid_utils.compat import uuid7

from config.kernel.context import Actor, current_context
from config.kernel.errors import NotFound
from config.kernel.schemas import present_schema
from generation.choices import ACTIVE, RETRYABLE, JobStatus
from generation.exceptions import JobActive, JobStateConflict
from generation.jobs.delivery import deliver_on_commit
from generation.jobs.inputs import checked
from generation.jobs.kinds import Estimate, kind_of
from generation.jobs.quotas import admit_job, is_budgeted, reserve_job, settle_job
from generation.jobs.states import move
from generation.jobs.waiting import note_taken
from generation.models import Job, JobStep
from projects.choices import Ability
from projects.permissions import require
from projects.services.access import project_for, require_active

ONE_WRITER = "generation_job_one_writer_per_project"

# What a replay reads anew: the brief, notes and plan as they are now. Steps whose input stayed the same are re-used.
SNAPSHOT_STEP = "material"


def job_start(
    *,
    actor: Actor,
    kind: str,
    project_id: UUID,
    payload: dict[str, Any],
    idempotency_key: str = "",
    max_cost: Decimal | None = None,
) -> Job:
    """Queue a job of this kind; its message leaves when the transaction commits.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require` with the ability `generate`; NotFound also for
            an unknown kind.
        ProjectInactive: in an archived or cancelled project.
        ValidationFailed: the payload is not what the kind takes, or does not fit the project.
        TooManyJobs, QuotaReached: the organisation, the project or the actor has no quota left for it.
        JobActive: another job writes in this project; `details.job` names it.
    """
    job_kind = kind_of(kind)
    project = project_for(actor, Ability.GENERATE, project_id)
    require_active(project)
    data = checked(job_kind.input_model, payload)
    job_kind.check(project, data)
    context = current_context()
    job_id = uuid7()
    fields = {
        "id": job_id,
        "kind": job_kind.name,
        "project_id": project.pk,
        "created_by_id": actor.user_id,
        "payload": data.model_dump(mode="json", exclude_unset=True),
        "writes": job_kind.writes,
        "queue": job_kind.queue,
        "max_attempts": settings.JOB_MAX_ATTEMPTS,
        "enqueued_at": timezone.now(),
        "deliveries": 1,
        "idempotency_key": idempotency_key,
        "request_id": context.request_id,
        "correlation_id": context.correlation,
        "max_cost": max_cost,
    }
    with transaction.atomic():
        admit_job(actor, project.pk)
        if is_budgeted(actor, project.pk):
            reserve_job(actor, job_id, project.pk, job_kind.estimate(project, data), max_cost)
        return _inserted(fields)


def _inserted(fields: dict[str, Any]) -> Job:
    """The job's row, and its message on commit.

    Raises:
        JobActive: the constraint refused a second writer.
    """
    try:
        with transaction.atomic():
            job = Job(**fields)
            job.save(force_insert=True)
            deliver_on_commit(job.pk, job.queue)
    except IntegrityError as error:
        raise _refused(error, fields["project_id"]) from error
    return job


def _refused(error: IntegrityError, project_id: UUID) -> Exception:
    """What an IntegrityError means: the one-writer constraint, or a fault of ours that stays what it is."""
    if ONE_WRITER not in str(error):
        return error
    writer = Job.objects.filter(project_id=project_id, writes=True, parent=None, status__in=sorted(ACTIVE)).first()
    return JobActive(details={"job": writer.pk, "kind": writer.kind, "status": writer.status} if writer else {})


def job_estimate(*, actor: Actor, kind: str, project_id: UUID, payload: dict[str, Any]) -> Estimate:
    """What `job_start` with the same arguments would take; nothing is queued.

    Raises:
        NotFound, PermissionDenied, ProjectInactive, ValidationFailed: as `job_start`.
    """
    job_kind = kind_of(kind)
    project = project_for(actor, Ability.GENERATE, project_id)
    require_active(project)
    data = checked(job_kind.input_model, payload)
    job_kind.check(project, data)
    return job_kind.estimate(project, data)


def _job_for(actor: Actor, job_id: UUID) -> Job:
    """The job, locked, when the actor may decide about it.

    Raises:
        NotFound: it does not exist, or not for the actor.
        PermissionDenied: the actor sees it and lacks the ability `generate`.
    """
    job = Job.objects.select_related("project").select_for_update(of=("self",), no_key=True).filter(pk=job_id).first()
    if job is None:
        raise NotFound
    require(actor, Ability.GENERATE, job.project)
    found: Job = job
    return found


@transaction.atomic
def job_cancel(*, actor: Actor, job_id: UUID) -> Job:
    """Cancel a queued job at once; ask a running one to stop at its next checkpoint. Asking twice is asking once.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require` with the ability `generate`.
        JobStateConflict: the job has ended.
    """
    job = _job_for(actor, job_id)
    if job.status not in ACTIVE:
        raise JobStateConflict(details={"status": job.status, "expected": sorted(ACTIVE)})
    mine = Job.objects.filter(pk=job.pk)
    if job.status == JobStatus.QUEUED:
        settle_job(job.pk)
    if not move(mine, JobStatus.CANCELLED, only_from={JobStatus.QUEUED}, cancel_requested_at=Now()):
        mine.filter(cancel_requested_at__isnull=True).update(cancel_requested_at=Now(), updated_at=Now())
    schema = present_schema()
    transaction.on_commit(lambda: note_taken(schema, job_id))
    job.refresh_from_db()
    return job


@transaction.atomic
def job_retry(*, actor: Actor, job_id: UUID) -> Job:
    """Queue a failed, dead or cancelled job again. It keeps its finished steps and reads brief, notes and plan anew.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require` with the ability `generate`.
        ProjectInactive: in an archived or cancelled project.
        JobStateConflict: the job is active or has succeeded.
        TooManyJobs, QuotaReached: as `job_start`.
        JobActive: another job writes in this project by now.
    """
    job = _job_for(actor, job_id)
    require_active(job.project)
    if job.status not in RETRYABLE:
        raise JobStateConflict(details={"status": job.status, "expected": sorted(RETRYABLE)})
    admit_job(actor, job.project_id)
    if is_budgeted(actor, job.project_id):
        kind = kind_of(job.kind)
        reserve_job(
            actor,
            job.pk,
            job.project_id,
            kind.estimate(job.project, checked(kind.input_model, job.payload)),
            job.max_cost,
        )
    try:
        with transaction.atomic():
            move(
                Job.objects.filter(pk=job.pk),
                JobStatus.QUEUED,
                attempt=0,
                progress=0,
                stage="",
                cancel_requested_at=None,
                enqueued_at=Now(),
                deliveries=1,
                started_at=None,
                finished_at=None,
                result={},
                error_code="",
                error="",
                error_detail="",
            )
            JobStep.objects.filter(job_id=job.pk, name=SNAPSHOT_STEP).delete()
            deliver_on_commit(job.pk, job.queue)
    except IntegrityError as error:
        raise _refused(error, job.project_id) from error
    job.refresh_from_db()
    return job
