"""Jobs as clients see them: plain dictionaries, few statements, nothing for operators."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from generation.choices import ACTIVE, TERMINAL, JobStatus
from generation.exceptions import JobStateConflict
from generation.jobs.kinds import kind_of, workflow_names
from generation.models import Job, JobStep
from generation.permissions import job_abilities_shown

FIELDS = (
    "id",
    "kind",
    "project_id",
    "parent_id",
    "created_by_id",
    "status",
    "stage",
    "progress",
    "attempt",
    "max_attempts",
    "cancel_requested_at",
    "payload",
    "estimate",
    "cost",
    "prompt_tokens",
    "completion_tokens",
    "result",
    "error_code",
    "error",
    "created_at",
    "started_at",
    "finished_at",
    "updated_at",
)
STATUS_FIELDS = ("id", "status", "stage", "progress", "attempt", "cancel_requested_at", "started_at")
STEP_FIELDS = (
    "name",
    "position",
    "status",
    "attempt",
    "prompt",
    "provider",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "error_code",
    "started_at",
    "finished_at",
)

# Below this a guess at the time left would be noise.
GUESS_FROM_PERCENT = 5
MICRO = Decimal("0.000001")
ASK_AGAIN_SECONDS = {JobStatus.QUEUED: 2, JobStatus.RUNNING: 1}


def jobs_of(actor: Actor) -> QuerySet[Any, dict[str, Any]]:
    """The jobs that exist for `actor`, as rows for `shown`; filter and slice before reading."""
    return Job.objects.visible_to(actor).with_role_of(actor).values(*FIELDS, "role")


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """One row of `jobs_of` in the shape of the API."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "project": row["project_id"],
        "parent": row["parent_id"],
        "created_by": row["created_by_id"],
        "status": row["status"],
        "stage": row["stage"],
        "progress": row["progress"],
        "attempt": row["attempt"],
        "max_attempts": row["max_attempts"],
        "cancel_requested": row["cancel_requested_at"] is not None,
        "input": row["payload"],
        "estimate": row["estimate"] or None,
        "cost": str(Decimal(row["cost"]).quantize(MICRO)),
        "prompt_tokens": row["prompt_tokens"],
        "completion_tokens": row["completion_tokens"],
        "result": row["result"] or None,
        "error": {"code": row["error_code"], "message": row["error"]} if row["error_code"] else None,
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
        "updated_at": row["updated_at"],
        "abilities": job_abilities_shown(row["role"], row["status"]),
    }


def job_shown(job: Job) -> dict[str, Any]:
    """A job that the reader just started, cancelled or replayed, in the same shape.

    Who may do that has all abilities on the job, so that the role needs no look-up.
    """
    return shown({**{name: getattr(job, name) for name in FIELDS}, "role": None})


def job_detail(actor: Actor, job_id: UUID, *, outputs: bool = False) -> dict[str, Any]:
    """One job with its steps; `outputs` adds what each step gave.

    Raises:
        NotFound: the job does not exist for the actor.
    """
    row = jobs_of(actor).filter(pk=job_id).first()
    if row is None:
        raise NotFound
    fields = (*STEP_FIELDS, "output") if outputs else STEP_FIELDS
    steps = JobStep.objects.filter(job_id=job_id).order_by("position").values(*fields)
    return {**shown(row), "steps": list(steps)}


def workflow_detail(actor: Actor, job_id: UUID) -> dict[str, Any]:
    """One workflow with its steps and their outputs.

    Raises:
        NotFound: there is no such workflow for the actor; a job of another kind is none.
    """
    detail = job_detail(actor, job_id, outputs=True)
    if not kind_of(detail["kind"]).is_workflow:
        raise NotFound
    return {**detail, "name": detail["kind"]}


def job_status(actor: Actor, job_id: UUID) -> dict[str, Any]:
    """The cheap answer for polling, in one statement. `seconds_left` is a guess, or None.

    Raises:
        NotFound: the job does not exist for the actor.
    """
    row = Job.objects.visible_to(actor).filter(pk=job_id).values(*STATUS_FIELDS).first()
    if row is None:
        raise NotFound
    return {
        "id": row["id"],
        "status": row["status"],
        "stage": row["stage"],
        "progress": row["progress"],
        "attempt": row["attempt"],
        "cancel_requested": row["cancel_requested_at"] is not None,
        "seconds_left": _seconds_left(row),
    }


def ask_again_seconds(status: str) -> int | None:
    """When to ask for the status again; None when it will not change by itself."""
    return None if status in TERMINAL else ASK_AGAIN_SECONDS[JobStatus(status)]


def _seconds_left(row: dict[str, Any]) -> int | None:
    """What is left if the job goes on at the pace so far."""
    if row["status"] != JobStatus.RUNNING or row["progress"] < GUESS_FROM_PERCENT or row["started_at"] is None:
        return None
    elapsed: float = (timezone.now() - row["started_at"]).total_seconds()
    progress: int = row["progress"]
    return max(0, round(elapsed * (100 - progress) / progress))


def job_result(actor: Actor, job_id: UUID) -> dict[str, Any]:
    """What a succeeded job gave.

    Raises:
        NotFound: the job does not exist for the actor.
        JobStateConflict: it has not succeeded.
    """
    row = Job.objects.visible_to(actor).filter(pk=job_id).values("status", "result").first()
    if row is None:
        raise NotFound
    if row["status"] != JobStatus.SUCCEEDED:
        raise JobStateConflict(details={"status": row["status"], "expected": [JobStatus.SUCCEEDED]})
    result: dict[str, Any] = row["result"]
    return result


def active_writer_of(project_id: UUID) -> UUID | None:
    """The job that writes in the project now, if any. For commands: it asks nobody's permission."""
    jobs = Job.objects.filter(project_id=project_id, writes=True, parent=None, status__in=sorted(ACTIVE))
    found: UUID | None = jobs.values_list("pk", flat=True).first()
    return found


def last_result_of(project_id: UUID) -> dict[str, Any] | None:
    """The result of the workflow that succeeded last in the project, if any. For commands, as above."""
    jobs = Job.objects.filter(project_id=project_id, kind__in=workflow_names(), status=JobStatus.SUCCEEDED)
    found: dict[str, Any] | None = jobs.order_by("-id").values_list("result", flat=True).first()
    return found
