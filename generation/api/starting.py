"""The one way in which calls start work: dry run, idempotency key, 202 with the job and its address."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.response import Response

from config.kernel.api.idempotency import idempotency_key, request_fingerprint
from config.kernel.api.views import ApiView
from config.kernel.errors import Malformed, ValidationFailed
from generation.selectors.jobs import job_shown
from generation.services.idempotency import Answer, answered_once
from generation.services.jobs import job_estimate, job_start

TRUE_OR_FALSE = {"true": True, "1": True, "false": False, "0": False}


def location_of(job_id: UUID) -> str:
    """The job's address."""
    return reverse("job-detail", kwargs={"job_id": job_id})


def body_of(view: ApiView) -> dict[str, Any]:
    """The request's body, which has to be an object; none is an empty one.

    Raises:
        Malformed: when it is JSON of another type.
    """
    data = view.request.data
    if not hasattr(data, "items"):
        raise Malformed(details={"expected": "object", "found": type(data).__name__})
    return {name: value for name, value in data.items() if name != "csrfmiddlewaretoken"}


def started(view: ApiView, *, kind: str, project_id: UUID, payload: dict[str, Any]) -> Response:
    """Start a job, or with `?dry_run=true` say what it would take.

    Raises:
        AppError: whatever `job_start`, `job_estimate` and `answered_once` refuse.
    """
    request, actor = view.request, view.actor
    if _dry_run(request.query_params.get("dry_run", "false")):
        estimate = job_estimate(actor=actor, kind=kind, project_id=project_id, payload=payload)
        return Response({"estimate": estimate.as_json()})
    key = idempotency_key(request)

    def work() -> Answer:
        job = job_start(actor=actor, kind=kind, project_id=project_id, payload=payload, idempotency_key=key)
        return Answer(status.HTTP_202_ACCEPTED, job_shown(job), location_of(job.pk))

    if key and actor.user_id is not None:
        fingerprint = request_fingerprint(request, request.data)
        answer = answered_once(user_id=actor.user_id, key=key, fingerprint=fingerprint, work=work)
    else:
        answer = work()
    return Response(answer.body, status=answer.status, headers={"Location": answer.location})


def _dry_run(raw: str) -> bool:
    if raw.lower() not in TRUE_OR_FALSE:
        raise ValidationFailed.field("dry_run", _("Expected true or false, found %(raw)r.") % {"raw": raw[:40]})
    return TRUE_OR_FALSE[raw.lower()]
