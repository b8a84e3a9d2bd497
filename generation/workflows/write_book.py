"""The workflow `write_book`: plan, cards on the board, chapters in order, assembly, export."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from config.kernel.context import SYSTEM
from generation.choices import Queue
from generation.jobs.inputs import JobInput
from generation.jobs.kinds import Estimate, JobKind
from generation.jobs.run import JobRun
from generation.workflows.calls import estimate, tokens_of_words
from generation.workflows.chapters import Commission, chapter_prompt, target_words, written_chapter
from generation.workflows.manuscript import assembled
from generation.workflows.material import Material, Text, material_of, present_material, texts_of
from generation.workflows.plan_document import plan_from_markdown
from generation.workflows.planning import (
    CHAPTERS_MAX,
    made_plan,
    placed_cards,
    plan_prompt,
    plan_tokens,
    saved_plan,
)
from projects.choices import ExportFormat
from projects.models import Project
from projects.services.exports import export_create

# Percent of the whole at which each part ends.
PLANNED, WRITTEN, ASSEMBLED = 10, 90, 95


class WriteBookInput(JobInput):
    """How many chapters (sections for an article), and how to write them.

    A plan that covers them and chapters that exist are kept; with `rewrite`, both are made anew as new versions.
    """

    chapters: int = Field(ge=1, le=CHAPTERS_MAX)
    goal: str = Field("", max_length=4_000)
    instructions: str = Field("", max_length=8_000)
    target_words: int | None = Field(None, ge=50, le=20_000)
    rewrite: bool = False


class WriteBook(JobKind[WriteBookInput]):
    """Takes a project from its brief to an exported text."""

    name, title, queue = "write_book", gettext_lazy("Whole text"), Queue.MEDIUM
    is_workflow = True
    input_model = WriteBookInput

    def estimate(self, project: Project, data: WriteBookInput) -> Estimate:
        """A call for the plan unless one is kept, and one for each chapter that is missing."""
        material = present_material(project)
        plan = _kept_plan(material, data)
        calls = []
        if plan is None:
            prompt = plan_prompt(material, chapters=data.chapters, goal=data.goal, instructions=data.instructions)
            calls.append((prompt, plan_tokens(data.chapters)))
        for number in range(1, data.chapters + 1):
            if data.rewrite or number > len(material.chapters):
                commission = _commission(material, data, plan or {}, number)
                tokens = tokens_of_words(target_words(material, commission))
                calls.append((chapter_prompt(material, commission), tokens))
        return estimate(calls)

    def run(self, run: JobRun, project: Project, data: WriteBookInput) -> dict[str, Any]:
        """The whole way: `{"plan", "chapters", "manuscript", "exports"}`."""
        material = material_of(run, project)
        with run.span(0, PLANNED):
            plan = _kept_plan(material, data)
            kept = (
                {"document": str(material.plan.document_id), "version": material.plan.version} if material.plan else {}
            )
            if plan is None:
                plan = made_plan(run, material, chapters=data.chapters, goal=data.goal, instructions=data.instructions)
                kept = saved_plan(run, project, material, plan)
            plan = {**plan, "chapters": plan["chapters"][: data.chapters]}
            cards = placed_cards(run, project, material, plan)
        chapters = self._chapters(run, project, material, data, plan, cards)
        with run.span(WRITTEN, ASSEMBLED):
            manuscript = assembled(run, project, _texts(chapters))
        with run.span(ASSEMBLED, 100):
            exports = [_exported(run, project, format_, manuscript) for format_ in ExportFormat.values]
        return {"plan": kept, "chapters": chapters, "manuscript": manuscript, "exports": exports}

    def _chapters(
        self,
        run: JobRun,
        project: Project,
        material: Material,
        data: WriteBookInput,
        plan: dict[str, Any],
        cards: dict[str, str],
    ) -> list[dict[str, Any]]:
        """Every chapter in order: those that exist and are kept, and those written now."""
        chapters: list[dict[str, Any]] = []
        before: Text | None = None
        for number in range(1, max(data.chapters, len(material.chapters)) + 1):
            kept = material.chapters[number - 1] if number <= len(material.chapters) else None
            if kept is None or (data.rewrite and number <= data.chapters):
                share = (WRITTEN - PLANNED) / data.chapters
                with run.span(PLANNED + share * (number - 1), PLANNED + share * number):
                    stage = _("Writing chapter %(number)d of %(count)d")
                    run.progress(0, stage % {"number": number, "count": data.chapters})
                    commission = _commission(material, data, plan, number, before=before, card=cards.get(str(number)))
                    chapter = written_chapter(run, project, material, commission)
                    chapters.append(chapter)
                    before = texts_of([[chapter["document"], chapter["version"]]])[0]
            else:
                chapters.append({"document": str(kept.document_id), "version": kept.version, "order_index": number})
                before = kept
        return chapters


def _kept_plan(material: Material, data: WriteBookInput) -> dict[str, Any] | None:
    """The project's plan as its document has it, when it covers all chapters and is not to be made anew."""
    if data.rewrite or material.plan is None:
        return None
    plan = plan_from_markdown(material.plan.body)
    return plan if len(plan["chapters"]) >= data.chapters else None


def _commission(
    material: Material,
    data: WriteBookInput,
    plan: dict[str, Any],
    number: int,
    *,
    before: Text | None = None,
    card: str | None = None,
) -> Commission:
    return Commission(
        number=number,
        plan=plan,
        instructions=data.instructions,
        target_words=data.target_words or 0,
        before=before,
        present=material.chapters[number - 1] if number <= len(material.chapters) else None,
        card=card,
    )


def _texts(chapters: list[dict[str, Any]]) -> list[Text]:
    """The versions that this job wrote or kept, in order."""
    found = {
        str(text.document_id): text
        for text in texts_of([[chapter["document"], chapter["version"]] for chapter in chapters])
    }
    return [found[chapter["document"]] for chapter in chapters]


def _exported(run: JobRun, project: Project, format_: str, manuscript: dict[str, Any]) -> dict[str, Any]:
    """One file of the manuscript: `{"export", "format", "filename"}`."""
    run.progress(0, _("Exporting as %(format)s") % {"format": format_})

    def export() -> dict[str, Any]:
        made = export_create(actor=SYSTEM, project=project, format=format_)
        return {"export": str(made.pk), "format": made.format, "filename": made.filename}

    return run.write(f"export-{format_}", manuscript, export)
