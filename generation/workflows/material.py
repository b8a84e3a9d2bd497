"""What a job writes from: brief, notes, plan and chapters, as they were when the job began.

A job's first step stores which versions these were; every attempt reads those very versions. So a note that somebody
edits in the meantime does not make a resumed job pay twice, and all chapters of a book come from the same brief.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from generation.jobs.run import JobRun, Outcome
from generation.providers import NoteMetadata, RequestMetadata
from generation.services.jobs import SNAPSHOT_STEP
from projects.choices import DocumentKind
from projects.models import Document, DocumentVersion, Project

ENDING_CHARACTERS = 1_500


@dataclass(frozen=True, slots=True)
class Text:
    """One version of one document."""

    document_id: UUID
    version: int
    title: str
    body: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A project as a job sees it; `chapters` are the documents in order, sections for an article."""

    kind: str
    title: str
    language: str
    brief: dict[str, Any]
    notes: tuple[Text, ...]
    plan: Text | None
    chapters: tuple[Text, ...]

    @property
    def is_article(self) -> bool:
        """Whether sections are written rather than chapters."""
        return self.kind == "article"

    def metadata(self, *, sources: bool = True) -> RequestMetadata:
        """The part of a provider request that is the same for all calls of the job."""
        notes: list[NoteMetadata] = [
            {"title": note.title, "body": note.body, "source": note.source} for note in self.notes if sources
        ]
        return {
            "kind": self.kind,
            "title": self.title,
            "language": self.language,
            "brief": self.brief,
            "notes": notes,
        }


def material_of(run: JobRun, project: Project) -> Material:
    """The job's material: noted by its first attempt, the same for all."""
    snapshot = run.call(SNAPSHOT_STEP, {"project": str(project.pk)}, lambda: Outcome(_snapshot(project)))
    return _loaded(snapshot)


def present_material(project: Project) -> Material:
    """The material as it is now; for estimates."""
    return _loaded(_snapshot(project))


def _snapshot(project: Project) -> dict[str, Any]:
    """The project's own fields, and which versions of which documents count."""
    kinds = (DocumentKind.NOTE, DocumentKind.PLAN, DocumentKind.CHAPTER)
    rows = Document.objects.filter(project_id=project.pk, kind__in=kinds, deleted_at__isnull=True)
    found: dict[str, list[list[Any]]] = {kind: [] for kind in kinds}
    for kind, pk, version in rows.order_by("order_index").values_list("kind", "id", "version"):
        found[kind].append([str(pk), version])
    return {
        "kind": project.kind,
        "title": project.title,
        "language": project.language,
        "brief": project.brief,
        "notes": found[DocumentKind.NOTE],
        "plan": found[DocumentKind.PLAN][:1],
        "chapters": found[DocumentKind.CHAPTER],
    }


def _loaded(snapshot: dict[str, Any]) -> Material:
    """The snapshot's versions, read in one statement."""
    wanted = [*snapshot["notes"], *snapshot["plan"], *snapshot["chapters"]]
    texts = {(str(text.document_id), text.version): text for text in texts_of(wanted)}

    def of(names: Sequence[Sequence[Any]]) -> tuple[Text, ...]:
        return tuple(texts[key] for pk, version in names if (key := (pk, version)) in texts)

    return Material(
        kind=snapshot["kind"],
        title=snapshot["title"],
        language=snapshot["language"],
        brief=snapshot["brief"],
        notes=of(snapshot["notes"]),
        plan=next(iter(of(snapshot["plan"])), None),
        chapters=of(snapshot["chapters"]),
    )


def texts_of(wanted: Sequence[Sequence[Any]]) -> list[Text]:
    """The versions named as `[document id, number]`, in no order."""
    if not wanted:
        return []
    which = Q()
    for pk, number in wanted:
        which |= Q(document_id=pk, number=number)
    rows = DocumentVersion.objects.filter(which).values_list(
        "document_id", "number", "title", "body", "document__source"
    )
    return [Text(*row) for row in rows]


def ending_of(text: Text | None) -> str:
    """The last paragraphs of a text, whole ones where possible."""
    if text is None:
        return ""
    end = text.body.strip()[-ENDING_CHARACTERS:]
    _cut, found, paragraphs = end.partition("\n\n")
    return paragraphs if found and len(text.body) > ENDING_CHARACTERS else end
