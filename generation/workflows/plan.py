"""The job kind `plan`."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from generation.choices import Queue
from generation.jobs.inputs import JobInput
from generation.jobs.kinds import Estimate, JobKind
from generation.jobs.run import JobRun
from generation.workflows.calls import estimate
from generation.workflows.material import material_of, present_material
from generation.workflows.planning import (
    CHAPTERS_MAX,
    CHAPTERS_WHEN_NOBODY_SAID,
    made_plan,
    placed_cards,
    plan_prompt,
    plan_tokens,
    saved_plan,
)
from projects.models import Project


class PlanInput(JobInput):
    """What a plan may be asked for; without `chapters`, 10 chapters of a novel or 5 sections of an article."""

    goal: str = Field("", max_length=4_000)
    chapters: int | None = Field(None, ge=1, le=CHAPTERS_MAX)
    instructions: str = Field("", max_length=8_000)


class Plan(JobKind[PlanInput]):
    """Plans the project: a plan document, and a card for each chapter."""

    name, title, queue = "plan", _("Plan"), Queue.HIGH
    input_model = PlanInput

    def estimate(self, project: Project, data: PlanInput) -> Estimate:
        """One call."""
        chapters = _chapters(project, data)
        prompt = plan_prompt(
            present_material(project), chapters=chapters, goal=data.goal, instructions=data.instructions
        )
        return estimate([(prompt, plan_tokens(chapters))])

    def run(self, run: JobRun, project: Project, data: PlanInput) -> dict[str, Any]:
        """Ask, keep, place: `{"plan", "cards", "chapters"}`."""
        material = material_of(run, project)
        with run.span(0, 90):
            plan = made_plan(
                run, material, chapters=_chapters(project, data), goal=data.goal, instructions=data.instructions
            )
        saved = saved_plan(run, project, material, plan)
        cards = placed_cards(run, project, material, plan)
        return {"plan": saved, "cards": list(cards.values()), "chapters": len(plan["chapters"])}


def _chapters(project: Project, data: PlanInput) -> int:
    return data.chapters or CHAPTERS_WHEN_NOBODY_SAID[project.kind]
