"""The calls that start work."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import create_model
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.views import ApiView
from config.kernel.errors import ValidationFailed
from config.kernel.limits.policies import Group
from generation.api.serializers.jobs import DryRunOutput, JobOutput
from generation.api.starting import body_of, started
from generation.jobs.kinds import kind_of, workflow_names

STARTS = {
    202: OpenApiResponse(JobOutput, description="Queued; `Location` is where to watch it."),
    200: OpenApiResponse(DryRunOutput, description="With `?dry_run=true`: what it would take. Nothing is queued."),
}
PARAMETERS = [
    OpenApiParameter("dry_run", bool, description="Only say what the job would take."),
    OpenApiParameter(
        "Idempotency-Key",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="The same key with the same request gets the same answer; one job, however often it is sent.",
    ),
]

# The bodies as the API's document shows them: the kinds' own inputs, and what the address does not say.
GenerateChapterRequest = create_model(
    "GenerateChapterRequest", __base__=kind_of("generate_chapter").input_model, project=(UUID, ...)
)
WorkflowRequest = create_model("WorkflowRequest", __base__=kind_of("write_book").input_model, name=(str, ...))


class PlanView(ApiView):
    """`POST /projects/{id}/plan`."""

    limit_group = Group.WORK

    @extend_schema(request=kind_of("plan").input_model, responses=STARTS, parameters=PARAMETERS)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Plan the project: a plan document, and a card on the board for each chapter or section."""
        return started(self, kind="plan", project_id=project_id, payload=body_of(self))


class GenerateChapterView(ApiView):
    """`POST /writing/generate-chapter`."""

    limit_group = Group.WORK

    @extend_schema(request=GenerateChapterRequest, responses=STARTS, parameters=PARAMETERS)
    def post(self, request: Request) -> Response:
        """Write a chapter: the next one, or the one at `order_index` as a new version."""
        body = body_of(self)
        project_id = _project_id(body.pop("project", None))
        return started(self, kind="generate_chapter", project_id=project_id, payload=body)


class AssembleView(ApiView):
    """`POST /projects/{id}/assemble`."""

    limit_group = Group.WORK

    @extend_schema(request=kind_of("assemble").input_model, responses=STARTS, parameters=PARAMETERS)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Join the chapters into the manuscript."""
        return started(self, kind="assemble", project_id=project_id, payload=body_of(self))


class WorkflowsView(ApiView):
    """`POST /projects/{id}/workflows`."""

    limit_group = Group.WORK

    @extend_schema(request=WorkflowRequest, responses=STARTS, parameters=PARAMETERS)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Run a whole workflow: `write_book` plans, writes the chapters in order, assembles and exports."""
        body = body_of(self)
        name = body.pop("name", None)
        if name not in workflow_names():
            names = ", ".join(workflow_names())
            raise ValidationFailed.field(
                "name", _("Expected one of: %(names)s; found %(name)r.") % {"names": names, "name": str(name)[:40]}
            )
        return started(self, kind=name, project_id=project_id, payload=body)


def _project_id(raw: Any) -> UUID:
    """The `project` of a body.

    Raises:
        ValidationFailed: it is missing or no id.
    """
    if raw is None:
        raise ValidationFailed.field("project", _("This field is required."))
    try:
        return UUID(raw)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValidationFailed.field(
            "project", _("Expected the id of a project, found %(raw)r.") % {"raw": str(raw)[:60]}
        ) from error
