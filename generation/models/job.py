"""A long thing is a row: what was asked, how far it is, who holds it, what it cost."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.kernel.models import Row
from generation.choices import ACTIVE, JobStatus, StepStatus
from generation.querysets import JobQuerySet


class Job(Row):
    """One piece of slow work. This row is the truth; the broker only carries its id.

    Claiming takes the lease and raises `fence`; every later write names the fence it got, so that a worker that lost
    its lease can't write any more. `error` is a sentence for people, `error_detail` is for operators.
    """

    kind = models.CharField(_("kind"), max_length=64)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="jobs")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    payload = models.JSONField(_("input"), default=dict)
    writes = models.BooleanField(_("writes the project's text"), default=True)
    queue = models.CharField(_("queue"), max_length=64)

    status = models.CharField(_("status"), max_length=16, choices=JobStatus, default=JobStatus.QUEUED)
    stage = models.CharField(_("stage"), max_length=100, blank=True)
    progress = models.PositiveSmallIntegerField(_("progress in percent"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("most attempts"), default=3)
    cancel_requested_at = models.DateTimeField(_("cancel asked"), null=True, blank=True)

    worker = models.CharField(_("worker"), max_length=200, blank=True)
    fence = models.PositiveBigIntegerField(_("fence"), default=0)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last heartbeat"), null=True, blank=True)
    enqueued_at = models.DateTimeField(_("last delivered to the queue"), null=True, blank=True)
    deliveries = models.PositiveSmallIntegerField(_("times delivered"), default=0)
    celery_task_id = models.CharField(_("task"), max_length=64, blank=True)

    idempotency_key = models.CharField(_("idempotency key"), max_length=200, blank=True)
    request_id = models.UUIDField(_("request"), null=True, blank=True)
    correlation_id = models.UUIDField(_("correlation"), null=True, blank=True)

    estimate = models.JSONField(_("estimate"), default=dict)
    max_cost = models.DecimalField(_("most it may cost"), max_digits=12, decimal_places=6, null=True, blank=True)
    cost = models.DecimalField(_("cost so far"), max_digits=12, decimal_places=6, default=0)
    prompt_tokens = models.PositiveIntegerField(_("tokens in"), default=0)
    completion_tokens = models.PositiveIntegerField(_("tokens out"), default=0)

    result = models.JSONField(_("result"), default=dict, blank=True)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    error = models.TextField(_("error"), blank=True)
    error_detail = models.TextField(_("error for operators"), blank=True)

    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-id",)
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("project",),
                condition=models.Q(writes=True, parent__isnull=True, status__in=sorted(ACTIVE)),
                name="generation_job_one_writer_per_project",
                violation_error_message=_("Another job is writing in this project."),
            ),
            models.CheckConstraint(
                name="generation_job_progress_is_percent",
                condition=models.Q(progress__lte=100),
                violation_error_message=_("Progress goes from 0 to 100."),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("project", "-id"), name="generation_job_of_project"),
            models.Index(fields=("status", "lease_expires_at"), name="generation_job_to_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class JobStep(Row):
    """A checkpoint: what a step was given, what it gave. A restarted job re-uses every step that succeeded.

    `input_hash` is the SHA-256 of the step's canonical input; a step whose input changed runs again.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"))
    status = models.CharField(_("status"), max_length=16, choices=StepStatus, default=StepStatus.RUNNING)
    input_hash = models.CharField(_("digest of the input"), max_length=64)
    output = models.JSONField(_("output"), default=dict)
    prompt = models.CharField(_("prompt"), max_length=100, blank=True)
    provider = models.CharField(_("provider"), max_length=100, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    prompt_tokens = models.PositiveIntegerField(_("tokens in"), default=0)
    completion_tokens = models.PositiveIntegerField(_("tokens out"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=6, default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt of the job"), default=1)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("job", "position")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("job", "name"),
                name="generation_jobstep_name_is_unique",
                violation_error_message=_("This step exists."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.job_id}"
