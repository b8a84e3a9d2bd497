"""An organisation's face of the admin: the work that is queued, running and done."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.administration.models import OrganisationAdmin, OrganisationInline, badge
from generation.choices import JobStatus
from generation.models import Job, JobStep

TONES = {
    JobStatus.RUNNING: "warn",
    JobStatus.SUCCEEDED: "good",
    JobStatus.FAILED: "bad",
    JobStatus.DEAD: "bad",
}


class StepInline(OrganisationInline):
    """The checkpoints of a job, without what they gave."""

    model = JobStep
    fields = readonly_fields = (
        "position", "name", "status", "provider", "model", "prompt_tokens", "completion_tokens", "cost", "finished_at"
    )  # fmt: skip
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the outputs."""
        return super().get_queryset(request).defer("output")


@admin.register(Job)
class JobAdmin(OrganisationAdmin):
    """Jobs. They are started, cancelled and retried in the studio; texts and operators' details are not shown."""

    list_display = ("kind", "project", "state", "percent", "cost", "created_by", "created_at")
    list_filter = ("status", "kind", "created_at")
    search_fields = ("kind", "project__title", "created_by__email", "id")
    list_select_related = ("project", "created_by")
    exclude = ("payload", "result", "error_detail", "worker", "fence", "celery_task_id")
    inlines = (StepInline,)

    @admin.display(description=_("status"), ordering="status")
    def state(self, row: Job) -> str:
        """Its state as a badge."""
        return badge(row.get_status_display(), TONES.get(JobStatus(row.status), ""))

    @admin.display(description=_("progress"), ordering="progress")
    def percent(self, row: Job) -> str:
        """How far it is."""
        return f"{row.progress} %"
