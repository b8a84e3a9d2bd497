"""Writing one chapter of a novel, or one section of an article, and keeping it as a document."""

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from config.kernel.context import SYSTEM
from generation.jobs.run import JobRun
from generation.prompts import RenderedPrompt, relevant_notes, render
from generation.providers import ChapterMetadata, Purpose, RequestMetadata
from generation.workflows.calls import WORDS_WHEN_NOBODY_SAID, asked
from generation.workflows.material import Material, Text, ending_of
from projects.choices import DocumentKind, TaskStatus, VersionOrigin
from projects.models import Project, Task
from projects.services.board import task_update
from projects.services.documents import document_create, document_save

NOTES_CHARACTERS = 16_000
TITLE_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Commission:
    """What is to be written: chapter `number` (from 1) of the plan. `title` empty: the plan's."""

    number: int
    plan: dict[str, Any]
    title: str = ""
    instructions: str = ""
    target_words: int = 0
    use_sources: bool = True
    before: Text | None = None
    present: Text | None = None
    card: str | None = None
    chapter: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        planned = self.plan.get("chapters") or []
        found = dict(planned[self.number - 1]) if self.number <= len(planned) else {}
        object.__setattr__(self, "chapter", found | ({"title": self.title} if self.title else {}))


def numbered_title(material: Material, number: int) -> str:
    """What a chapter is called that nobody gave a title."""
    with override(material.language):
        label = _("Section %(number)d") if material.is_article else _("Chapter %(number)d")
    return label % {"number": number}


def chapter_prompt(material: Material, commission: Commission) -> RenderedPrompt:
    """The prompt that asks for the chapter."""
    chapter = {"title": numbered_title(material, commission.number), **commission.chapter}
    planned = commission.plan.get("chapters") or []
    about = " ".join([chapter["title"], str(chapter.get("summary", "")), *map(str, chapter.get("beats", []))])
    notes = material.metadata(sources=commission.use_sources)["notes"]
    return render(
        "chapter_article" if material.is_article else "chapter_novel",
        {
            "title": material.title,
            "language": material.language,
            "brief": material.brief,
            "chapter": chapter,
            "chapter_number": commission.number,
            "synopsis": str(commission.plan.get("synopsis", "")),
            "before": [_neighbour(one) for one in planned[: commission.number - 1]],
            "after": _neighbour(planned[commission.number]) if commission.number < len(planned) else {},
            "previous_ending": ending_of(commission.before),
            "notes": relevant_notes(notes, about, max_chars=NOTES_CHARACTERS),
            "target_words": target_words(material, commission),
            "instructions": commission.instructions,
        },
    )


def _neighbour(chapter: dict[str, Any]) -> dict[str, str]:
    return {"title": str(chapter.get("title", "")), "summary": str(chapter.get("summary", ""))}


def target_words(material: Material, commission: Commission) -> int:
    """The length to aim at: what was asked, else the brief's; 0 when nobody said."""
    return commission.target_words or int(material.brief.get("target_words_per_chapter") or 0)


def written_chapter(run: JobRun, project: Project, material: Material, commission: Commission) -> dict[str, Any]:
    """Write the chapter and keep it: `{"document", "version", "order_index", "cut"}`."""
    number = commission.number
    _show_start(run, commission)
    words = target_words(material, commission)
    metadata: RequestMetadata = {
        **material.metadata(sources=commission.use_sources),
        "plan": commission.plan,
        "chapter": cast("ChapterMetadata", commission.chapter),
        "chapter_number": number,
        "instructions": commission.instructions,
        "target_words": words,
    }
    answer = asked(
        run,
        f"chapter-{number}",
        chapter_prompt(material, commission),
        purpose=Purpose.CHAPTER,
        metadata=metadata,
        expected_words=words or WORDS_WHEN_NOBODY_SAID,
    )
    title = str(commission.chapter.get("title") or numbered_title(material, number))[:TITLE_CHARACTERS]
    present = commission.present
    inputs = [title, answer["text"], [str(present.document_id), present.version] if present else None]
    return run.write(
        f"save-chapter-{number}", inputs, lambda: _saved(run, project, commission, title, answer["text"], answer["cut"])
    )


def _show_start(run: JobRun, commission: Commission) -> None:
    """The chapter's card moves to "in progress"."""
    if commission.card is None:
        return

    def start() -> dict[str, Any]:
        moved = _card_exists(commission.card)
        if moved:
            task_update(actor=SYSTEM, task_id=UUID(commission.card), status=TaskStatus.IN_PROGRESS)
        return {"moved": moved}

    run.write(f"start-chapter-{commission.number}", {"card": commission.card}, start)


def _card_exists(card: str | None) -> bool:
    """People may have removed it in the meantime."""
    return card is not None and Task.objects.filter(pk=card).exists()


def _saved(run: JobRun, project: Project, commission: Commission, title: str, body: str, cut: bool) -> dict[str, Any]:
    """The chapter's document and its card, in the transaction of the step."""
    common: dict[str, Any] = {
        "actor": SYSTEM,
        "title": title,
        "body": body,
        "origin": VersionOrigin.GENERATED,
        "job_id": run.job_id,
        "reason": _("Written by a job; the model stopped at its limit, the end is missing")
        if cut
        else _("Written by a job"),
    }
    if commission.present is None:
        document = document_create(project=project, kind=DocumentKind.CHAPTER, order_index=commission.number, **common)
    else:
        document = document_save(
            document_id=commission.present.document_id, expected_version=commission.present.version, **common
        )
    if _card_exists(commission.card):
        task_update(actor=SYSTEM, task_id=UUID(str(commission.card)), document_id=document.pk, status=TaskStatus.DONE)
    return {
        "document": str(document.pk),
        "version": document.version,
        "order_index": document.order_index,
        "cut": cut,
    }
