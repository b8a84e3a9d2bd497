"""Making a plan, keeping it as a document, and putting its chapters on the board."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from config.kernel.context import SYSTEM
from generation.jobs.run import JobRun
from generation.prompts import RenderedPrompt, relevant_notes, render
from generation.providers import Purpose
from generation.workflows.calls import TOKENS_PER_PLANNED_CHAPTER, asked
from generation.workflows.material import Material
from generation.workflows.plan_document import plan_as_markdown
from projects.choices import Agent, DocumentKind, TaskStatus, VersionOrigin
from projects.models import Document, Project, Task
from projects.services.board import task_create, task_update
from projects.services.documents import document_create, document_save

CHAPTERS_MAX = 100
CHAPTERS_WHEN_NOBODY_SAID = {"novel": 10, "article": 5}
NOTES_CHARACTERS = 24_000
CARD_TITLE_CHARACTERS = 300


def plan_prompt(material: Material, *, chapters: int, goal: str, instructions: str) -> RenderedPrompt:
    """The prompt that asks for a plan of that many chapters."""
    notes = material.metadata()["notes"]
    query = " ".join([material.title, str(material.brief.get("premise", "")), goal, instructions])
    return render(
        "plan_article" if material.is_article else "plan_novel",
        {
            "title": material.title,
            "language": material.language,
            "brief": material.brief,
            "chapters": chapters,
            "goal": goal,
            "instructions": instructions,
            "notes": relevant_notes(notes, query, max_chars=NOTES_CHARACTERS),
        },
    )


def plan_tokens(chapters: int) -> int:
    """Expected tokens of a plan."""
    return (chapters + 1) * TOKENS_PER_PLANNED_CHAPTER


def made_plan(run: JobRun, material: Material, *, chapters: int, goal: str, instructions: str) -> dict[str, Any]:
    """The plan as the provider made it, by the schema of the plan prompts."""
    run.progress(0, _("Planning"))
    prompt = plan_prompt(material, chapters=chapters, goal=goal, instructions=instructions)
    wish = " ".join(text for text in (goal, instructions) if text)
    metadata = material.metadata() | {"chapters": chapters, "instructions": wish}
    answer = asked(run, "plan", prompt, purpose=Purpose.PLAN, metadata=metadata)
    plan: dict[str, Any] = answer["data"]
    return plan


def saved_plan(run: JobRun, project: Project, material: Material, plan: dict[str, Any]) -> dict[str, Any]:
    """Keep the plan as the project's plan document: a new one, or a new version; `{"document", "version"}`."""
    body = plan_as_markdown(plan, language=material.language)

    def save() -> dict[str, Any]:
        found = Document.objects.filter(project_id=project.pk, kind=DocumentKind.PLAN, deleted_at__isnull=True)
        present = found.order_by("order_index").values_list("id", "version").first()
        common: dict[str, Any] = {
            "actor": SYSTEM,
            "body": body,
            "origin": VersionOrigin.GENERATED,
            "job_id": run.job_id,
            "reason": _("Planned by a job"),
        }
        if present is None:
            with override(material.language):
                title = _("Plan")
            document = document_create(project=project, kind=DocumentKind.PLAN, title=title, **common)
        else:
            document = document_save(document_id=present[0], expected_version=present[1], **common)
        return {"document": str(document.pk), "version": document.version}

    return run.write("save-plan", {"body": body}, save)


def placed_cards(run: JobRun, project: Project, material: Material, plan: dict[str, Any]) -> dict[str, str]:
    """A card in "to do" for each planned chapter that has none yet: chapter number -> id of its card.

    A card is known by the beginning of its title, which holds the chapter's number; one that waits in "to do" gets
    the new plan's title and summary, one that is further on stays as it is.
    """

    def place() -> dict[str, Any]:
        cards = Task.objects.filter(project_id=project.pk, agent=Agent.WRITER).order_by("id")
        known = list(cards.values_list("id", "title", "status"))
        placed = {}
        for number, chapter in enumerate(plan["chapters"], start=1):
            prefix, title = _card_title(material, number, str(chapter.get("title", "")))
            card = next(((pk, status) for pk, text, status in known if text.startswith(prefix)), None)
            about = str(chapter.get("summary", ""))
            if card is None:
                made = task_create(actor=SYSTEM, project=project, title=title, description=about, agent=Agent.WRITER)
                placed[str(number)] = str(made.pk)
                continue
            if card[1] == TaskStatus.TODO:
                task_update(actor=SYSTEM, task_id=card[0], title=title, description=about)
            placed[str(number)] = str(card[0])
        return placed

    wanted = [[chapter.get("title"), chapter.get("summary")] for chapter in plan["chapters"]]
    return run.write("cards", wanted, place)


def _card_title(material: Material, number: int, title: str) -> tuple[str, str]:
    """What a chapter's card begins with, and its whole title."""
    with override(material.language):
        label = _("Write section %(number)d") if material.is_article else _("Write chapter %(number)d")
    prefix = label % {"number": number} + ":"
    return prefix, f"{prefix} {title}"[:CARD_TITLE_CHARACTERS]
