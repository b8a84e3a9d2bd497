"""The job kind `assemble`."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.kernel.errors import Conflict, ValidationFailed
from generation.choices import Queue
from generation.jobs.inputs import JobInput
from generation.jobs.kinds import Estimate, JobKind
from generation.jobs.run import JobRun
from generation.workflows.calls import no_calls
from generation.workflows.manuscript import assembled
from generation.workflows.material import material_of
from projects.choices import DocumentKind
from projects.models import Document, Project


class AssembleInput(JobInput):
    """`finishing` names agents that work on the text before it is joined; it has to be empty."""

    finishing: list[str] = []


class Assemble(JobKind[AssembleInput]):
    """Joins the chapters into the manuscript."""

    name, title, queue = "assemble", gettext_lazy("Assembly"), Queue.LOW
    input_model = AssembleInput

    def check(self, project: Project, data: AssembleInput) -> None:
        """There has to be something to join.

        Raises:
            ValidationFailed: `finishing` names agents.
            Conflict: the project has no chapter.
        """
        if data.finishing:
            raise ValidationFailed.field(
                "finishing",
                _("Expected an empty list, found %(found)s: chapters are joined as they are.")
                % {"found": ", ".join(data.finishing)[:200]},
            )
        chapters = Document.objects.filter(project_id=project.pk, kind=DocumentKind.CHAPTER, deleted_at__isnull=True)
        if not chapters.exists():
            raise Conflict(_("There is no chapter to assemble yet."))

    def estimate(self, project: Project, data: AssembleInput) -> Estimate:  # noqa: ARG002  (nothing to weigh)
        """No call."""
        return no_calls()

    def run(self, run: JobRun, project: Project, data: AssembleInput) -> dict[str, Any]:  # noqa: ARG002
        """Join and keep: `{"document", "version", "chapters"}`."""
        return assembled(run, project, material_of(run, project).chapters)
