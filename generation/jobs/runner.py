"""From a delivered message to a job's end: claim, run, and write down how it went."""

import traceback
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from config.kernel.context import current_context, use_context
from config.kernel.errors import AppError
from config.kernel.schemas import present_schema
from generation.choices import JobStatus, StepStatus
from generation.exceptions import JobCancelled, JobUnfit, LeaseLost, WorkerLeaves
from generation.jobs.active_index import note_active
from generation.jobs.delivery import deliver_on_commit
from generation.jobs.inputs import checked
from generation.jobs.kinds import kind_of
from generation.jobs.lease import Heartbeat, claim
from generation.jobs.quotas import settle_job
from generation.jobs.run import JobRun, job_code_of
from generation.jobs.states import move
from generation.jobs.waiting import note_taken
from generation.models import Job, JobStep
from projects.choices import ProjectStatus

log = structlog.get_logger("studio.job")

NOT_CLAIMED = "not_claimed"
LOST = "lost"


def execute(job_id: UUID, *, worker: str, task_id: str) -> str:
    """Run the job in the present schema, if it is to be had; how it went, in a word."""
    job = claim(job_id, worker=worker, task_id=task_id)
    note_taken(present_schema(), job_id)
    if job is None:
        log.info("job_not_claimed", job_id=str(job_id))
        return NOT_CLAIMED
    context = replace(current_context(), job_id=job.pk, project_id=job.project_id, correlation_id=job.correlation_id)
    language = job.created_by.language if job.created_by else None
    with use_context(context), translation.override(language), Heartbeat(job, present_schema()) as heartbeat:
        log.info("job_started", kind=job.kind, attempt=job.attempt, fence=job.fence)
        outcome = _attempt(job, heartbeat)
        log.info("job_left", kind=job.kind, outcome=outcome)
    return outcome


def _attempt(job: Job, heartbeat: Heartbeat) -> str:
    try:
        run = JobRun(job, heartbeat)
        result = _work(job, run)
    except LeaseLost:
        return LOST
    except JobCancelled:
        return _end(job, JobStatus.CANCELLED)
    except WorkerLeaves:
        return _give_back(job)
    except AppError as error:
        detail = str(getattr(error, "operator_detail", "")) or str(error.details or "")
        log.warning("job_failed", kind=job.kind, code=job_code_of(error), detail=detail)
        return _end(job, JobStatus.FAILED, error_code=job_code_of(error), error=str(error.message), error_detail=detail)
    except Exception as error:  # noqa: BLE001  (whatever a kind raises ends here, and is kept for operators)
        return _blew_up(job, error)
    return _end(job, JobStatus.SUCCEEDED, result=result, progress=100, stage="")


def _work(job: Job, run: JobRun) -> dict[str, Any]:
    """Hold the job against its kind and project, and do it.

    Raises:
        JobUnfit: the project takes no work any more.
    """
    kind, project = kind_of(job.kind), job.project
    if project.deleted_at is not None or project.status != ProjectStatus.ACTIVE:
        raise JobUnfit(_("The project takes no new text: it is not active."))
    data = checked(kind.input_model, job.payload)
    if not job.estimate:
        job.estimate = kind.estimate(project, data).as_json()
        with run.fenced():
            Job.objects.filter(pk=job.pk).update(estimate=job.estimate, updated_at=Now())
    return kind.run(run, project, data)


def _end(job: Job, status: JobStatus, **changes: Any) -> str:
    """The terminal transition, behind the fence; steps that were running failed with the job."""
    with transaction.atomic():
        settle_job(job.pk)
        ended = move(Job.objects.filter(pk=job.pk, fence=job.fence), status, only_from={JobStatus.RUNNING}, **changes)
        if ended:
            JobStep.objects.filter(job_id=job.pk, status=StepStatus.RUNNING).update(
                status=StepStatus.FAILED,
                error_code=changes.get("error_code") or status,
                finished_at=Now(),
                updated_at=Now(),
            )
        else:
            transaction.set_rollback(True)  # whoever holds the job settles it
    return status if ended else LOST


def _cancelled_instead(job: Job) -> bool:
    """Whether the job ended now because its cancel was asked for: nobody claims such a job from the queue."""
    asked = Job.objects.filter(pk=job.pk, fence=job.fence, cancel_requested_at__isnull=False)
    return bool(move(asked, JobStatus.CANCELLED, only_from={JobStatus.RUNNING}))


def _give_back(job: Job) -> str:
    """Back into the queue at once, for another worker; this was no lost attempt."""
    with transaction.atomic():
        if _cancelled_instead(job):
            return JobStatus.CANCELLED
        given = move(
            Job.objects.filter(pk=job.pk, fence=job.fence),
            JobStatus.QUEUED,
            only_from={JobStatus.RUNNING},
            attempt=F("attempt") - 1,
            enqueued_at=Now(),
            deliveries=1,
        )
        if given:
            deliver_on_commit(job.pk, job.queue)
    return JobStatus.QUEUED if given else LOST


def _blew_up(job: Job, error: Exception) -> str:
    """Nobody expected this: another attempt after the next sweep, or the end."""
    log.error("job_blew_up", kind=job.kind, attempt=job.attempt, exc_info=error)
    if isinstance(error, (OperationalError, InterfaceError)) and not connection.in_atomic_block:
        connection.close()
    detail = "".join(traceback.format_exception(error))[-20_000:]
    if job.attempt >= job.max_attempts:
        sentence = _("The job ended unexpectedly after %(attempts)d attempts.") % {"attempts": job.attempt}
        return _end(job, JobStatus.DEAD, error_code="internal_error", error=sentence, error_detail=detail)
    note_active(present_schema())
    if _cancelled_instead(job):
        return JobStatus.CANCELLED
    waiting = move(
        Job.objects.filter(pk=job.pk, fence=job.fence),
        JobStatus.QUEUED,
        only_from={JobStatus.RUNNING},
        enqueued_at=None,
        deliveries=0,
        error_detail=detail,
    )
    return JobStatus.QUEUED if waiting else LOST
