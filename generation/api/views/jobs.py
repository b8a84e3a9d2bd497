"""Watching, cancelling and replaying jobs."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.etags import etag_of, not_modified
from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from config.kernel.limits.policies import Group
from generation.api.serializers.jobs import (
    JobDetailOutput,
    JobFilters,
    JobOutput,
    JobStatusOutput,
    WorkflowOutput,
)
from generation.api.starting import location_of
from generation.models import Job
from generation.selectors import jobs as selectors
from generation.services.jobs import job_cancel, job_retry

ASKED = OpenApiResponse(JobOutput, description="Asked; watch the job.")


class JobList(ApiView):
    """`GET /jobs`."""

    ordering_fields: ClassVar = ("id",)

    @extend_schema(operation_id="jobs_list", parameters=[JobFilters], responses=JobOutput(many=True))
    def get(self, request: Request) -> Response:
        """The jobs of my projects, newest first."""
        asked = self.valid_query(JobFilters)
        columns = {"project": "project_id", "status": "status", "kind": "kind"}
        jobs = selectors.jobs_of(self.actor).filter(**{columns[name]: value for name, value in asked.items()})
        page = CursorPage()
        rows = page.paginate_queryset(jobs, request, self)
        return Response(page.page([selectors.shown(row) for row in rows]))


class JobView(ApiView):
    """`GET` and `DELETE /jobs/{id}`, also as `/writing/jobs/{id}`."""

    @extend_schema(responses=JobDetailOutput)
    def get(self, request: Request, job_id: UUID) -> Response:
        """A job with its steps."""
        return Response(selectors.job_detail(self.actor, job_id))

    @extend_schema(responses={202: ASKED})
    def delete(self, request: Request, job_id: UUID) -> Response:
        """Cancel the job."""
        return _asked(job_cancel(actor=self.actor, job_id=job_id))


class JobStatusView(ApiView):
    """`GET /jobs/{id}/status`."""

    @extend_schema(responses={200: JobStatusOutput, 304: OpenApiResponse(description="Nothing changed.")})
    def get(self, request: Request, job_id: UUID) -> Response:
        """How far a job is, for polling: send the ETag back, and wait as long as `Retry-After` says."""
        found = selectors.job_status(self.actor, job_id)
        version = ".".join(str(found[name]) for name in ("status", "progress", "attempt", "cancel_requested"))
        tag = etag_of(job_id, f"{version}.{found['stage'].encode().hex()}")
        headers = {"ETag": f"W/{tag}", "Cache-Control": "private, no-cache"}
        if (seconds := selectors.ask_again_seconds(found["status"])) is not None:
            headers["Retry-After"] = str(seconds)
        if not_modified(request, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(found, headers=headers)


class JobResultView(ApiView):
    """`GET /jobs/{id}/result`."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request, job_id: UUID) -> Response:
        """What a succeeded job gave; 409 `job_state` before."""
        return Response(selectors.job_result(self.actor, job_id))


class JobCancelView(ApiView):
    """`POST /jobs/{id}/cancel`, also as `/writing/jobs/{id}/cancel`."""

    @extend_schema(request=None, responses={202: ASKED})
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel the job: at once when it waits, at its next checkpoint when it runs."""
        return _asked(job_cancel(actor=self.actor, job_id=job_id))


class JobRetryView(ApiView):
    """`POST /jobs/{id}/retry`."""

    limit_group = Group.WORK

    @extend_schema(request=None, responses={202: ASKED})
    def post(self, request: Request, job_id: UUID) -> Response:
        """Replay a failed, dead or cancelled job; steps whose input is unchanged are not done again."""
        return _asked(job_retry(actor=self.actor, job_id=job_id))


class WorkflowView(ApiView):
    """`GET /workflows/{id}`."""

    @extend_schema(responses=WorkflowOutput)
    def get(self, request: Request, job_id: UUID) -> Response:
        """A workflow with its steps and their outputs."""
        return Response(selectors.workflow_detail(self.actor, job_id))


def _asked(job: Job) -> Response:
    """202 with the job and where to watch it."""
    return Response(
        selectors.job_shown(job), status=status.HTTP_202_ACCEPTED, headers={"Location": location_of(job.pk)}
    )
