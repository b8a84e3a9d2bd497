"""One attempt at a job, as its kind sees it: steps, progress, checkpoints. Every write carries the fence."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from config.kernel.errors import AppError
from config.kernel.schemas import present_schema
from config.kernel.shutdown import stopping_for_seconds
from generation.choices import JobStatus, StepStatus
from generation.exceptions import JobCancelled, JobInterrupted, LeaseLost, WorkerLeaves
from generation.jobs.digest import digest_of
from generation.jobs.lease import Heartbeat
from generation.models import Job, JobStep
from generation.providers import Usage
from generation.querysets import JobQuerySet
from tenants.selectors.directory import tenant_by_schema

log = structlog.get_logger("studio.job")

# How long a provider call may go on once its worker was asked to stop; below the launcher's patience.
STOP_GRACE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 1.0
SAVE_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step gave: its output (JSON), and what a provider call behind it used."""

    output: dict[str, Any]
    prompt: str = ""
    provider: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)


class JobRun:
    """The attempt that holds `job`'s lease.

    `call` is for steps that ask the world outside (their output is stored as soon as it is there), `write` for steps
    that change the database (their effects and their row are one transaction). Both give back the stored output when
    the same step succeeded before with the same input.
    """

    def __init__(self, job: Job, heartbeat: Heartbeat) -> None:
        """Begin with the steps of earlier attempts at hand."""
        self.job_id: UUID = job.pk
        self.project_id: UUID = job.project_id
        self.fence: int = job.fence
        self.attempt: int = job.attempt
        self._schema = present_schema()
        self._heartbeat = heartbeat
        self._steps = {step.name: step for step in JobStep.objects.filter(job_id=job.pk)}
        self._span = (0.0, 100.0)
        self._looked_at = 0.0
        self._interruption: JobInterrupted | None = None

    # Steps.

    def call(self, name: str, inputs: Any, work: Callable[[], Outcome]) -> dict[str, Any]:
        """The output of a step that works outside of any transaction, such as a provider call.

        A database that is away when the answer arrives is waited for: what was paid for is not thrown away.

        Raises:
            JobInterrupted: the run must end.
            AppError: what `work` raised; the step is marked failed.
        """
        digest = digest_of(inputs)
        if (known := self._known(name, digest)) is not None:
            return known
        self._begin(name, digest)
        with self._failing(name):
            outcome = work()
        self._persist(lambda: self._finish(name, lambda: outcome))
        return outcome.output

    def write(self, name: str, inputs: Any, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The output of a step that changes the database: its effects and its row are committed together, or neither.

        Raises:
            JobInterrupted: the run must end; nothing was written.
            AppError: what `work` raised; nothing was written but the step's failure.
        """
        digest = digest_of(inputs)
        if (known := self._known(name, digest)) is not None:
            return known
        self._begin(name, digest)
        with self._failing(name):
            return self._finish(name, lambda: Outcome(work()))

    def _known(self, name: str, digest: str) -> dict[str, Any] | None:
        step = self._steps.get(name)
        if step is None or step.status != StepStatus.SUCCEEDED or step.input_hash != digest:
            return None
        output: dict[str, Any] = step.output
        return output

    def _begin(self, name: str, digest: str) -> None:
        """Show the step as running."""
        self.checkpoint()
        fields = {
            "status": StepStatus.RUNNING,
            "input_hash": digest,
            "attempt": self.attempt,
            "started_at": Now(),
            "finished_at": None,
            "error_code": "",
        }
        with self.fenced():
            if name in self._steps:
                JobStep.objects.filter(pk=self._steps[name].pk).update(updated_at=Now(), **fields)
            else:
                last = JobStep.objects.filter(job_id=self.job_id).aggregate(last=Max("position"))["last"] or 0
                self._steps[name] = JobStep.objects.create(job_id=self.job_id, name=name, position=last + 1, **fields)

    def _finish(self, name: str, work: Callable[[], Outcome]) -> dict[str, Any]:
        """Do the work's effects, store the step and count what it used: one transaction behind the fence."""
        with self.fenced():
            step = JobStep.objects.get(pk=self._steps[name].pk)
            if step.status != StepStatus.SUCCEEDED:  # else: the commit arrived, only its confirmation was lost
                outcome = work()
                self._store(step, outcome)
        self._steps[name] = step
        output: dict[str, Any] = step.output
        return output

    def _store(self, step: JobStep, outcome: Outcome) -> None:
        used = outcome.usage
        step.status, step.output, step.finished_at = StepStatus.SUCCEEDED, outcome.output, Now()
        step.prompt, step.provider, step.model = outcome.prompt[:100], outcome.provider[:100], outcome.model[:100]
        step.prompt_tokens, step.completion_tokens = used.prompt_tokens, used.completion_tokens
        step.save()
        if used.total_tokens:
            Job.objects.filter(pk=self.job_id).update(
                prompt_tokens=F("prompt_tokens") + used.prompt_tokens,
                completion_tokens=F("completion_tokens") + used.completion_tokens,
            )

    @contextmanager
    def _failing(self, name: str) -> Iterator[None]:
        """Mark the step failed when its work says so."""
        try:
            yield
        except AppError as error:
            with self.fenced():
                JobStep.objects.filter(pk=self._steps[name].pk).update(
                    status=StepStatus.FAILED, error_code=job_code_of(error), finished_at=Now(), updated_at=Now()
                )
            raise

    def _persist(self, save: Callable[[], Any]) -> None:
        """Save, and again for as long as a lease lasts while the database is away."""
        give_up_at = time.monotonic() + settings.JOB_LEASE_S
        while True:
            try:
                save()
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() > give_up_at or connection.in_atomic_block:
                    raise
                log.warning("save_again", error=str(error))
                connection.close()
                time.sleep(SAVE_AGAIN_SECONDS)
            else:
                return

    # The lease.

    def _held(self) -> JobQuerySet:
        held: JobQuerySet = Job.objects.filter(pk=self.job_id, fence=self.fence, status=JobStatus.RUNNING)
        return held

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction with the job's row locked, in which this attempt still holds the job.

        Raises:
            LeaseLost: another worker holds it; nothing is written.
        """
        with transaction.atomic():
            if not self._held().select_for_update(no_key=True).values_list("pk", flat=True)[:1]:
                raise LeaseLost
            yield

    def checkpoint(self) -> None:
        """A place where the run may end: nothing is half done here.

        Raises:
            LeaseLost: another worker holds the job.
            JobCancelled: somebody asked for it.
            WorkerLeaves: this worker was asked to stop, or the organisation is not served now.
        """
        if interruption := self._must_end():
            raise interruption
        tenant = tenant_by_schema(self._schema)
        if stopping_for_seconds() is not None or tenant is None or not tenant.is_active:
            raise WorkerLeaves

    def _must_end(self) -> JobInterrupted | None:
        if self._heartbeat.lost.is_set():
            return LeaseLost()
        asked = list(self._held().values_list("cancel_requested_at", flat=True)[:1])
        if not asked:
            return LeaseLost()
        return JobCancelled() if asked[0] is not None else None

    def should_stop(self) -> bool:
        """Whether a running provider call must be given up; looks at the row once a second at most.

        A worker that stops lets a call go on for `STOP_GRACE_SECONDS`: it is paid for. A database that is away
        interrupts nothing: the fence decides when the answer is saved.
        """
        now = time.monotonic()
        if self._interruption is None and now - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = now
            if (stopping_for_seconds() or 0.0) > STOP_GRACE_SECONDS:
                self._interruption = WorkerLeaves()
            else:
                self._interruption = self._looked()
        return self._interruption is not None

    def _looked(self) -> JobInterrupted | None:
        try:
            return self._must_end()
        except (OperationalError, InterfaceError) as error:
            log.warning("look_failed", error=str(error))
            connection.close()
            return None

    @property
    def interruption(self) -> JobInterrupted | None:
        """Why `should_stop` said so, if it did."""
        return self._interruption

    def wait(self, seconds: float) -> None:
        """Pause, for instance before a provider is asked again.

        Raises:
            JobInterrupted: when the run must end meanwhile.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.checkpoint()
            time.sleep(min(left, LOOK_EVERY_SECONDS))

    # Progress.

    def progress(self, percent: float, stage: str = "") -> None:
        """Say how far the present span is, in percent of it, and what is being done (kept when not given).

        Raises:
            LeaseLost: another worker holds the job.
        """
        low, high = self._span
        changes: dict[str, Any] = {"progress": round(low + (high - low) * min(max(percent, 0), 100) / 100)}
        if stage:
            changes["stage"] = stage[:100]
        if not self._held().update(updated_at=Now(), **changes):
            raise LeaseLost

    @contextmanager
    def span(self, low: float, high: float) -> Iterator[None]:
        """Let progress inside count from `low` to `high` percent of the present span."""
        former = self._span
        begin, length = former[0], former[1] - former[0]
        self._span = (begin + length * low / 100, begin + length * high / 100)
        try:
            yield
        finally:
            self._span = former


def job_code_of(error: AppError) -> str:
    """The code that a job keeps of an error: the finer one where there are two."""
    return str(getattr(error, "job_code", error.code))
