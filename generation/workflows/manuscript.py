"""Joining the chapters into the manuscript."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from config.kernel.context import SYSTEM
from generation.jobs.run import JobRun
from generation.workflows.material import Text
from projects.choices import DocumentKind, VersionOrigin
from projects.export.markup import escaped, with_headings_below, without_title
from projects.models import Document, Project
from projects.services.documents import document_create, document_save

CHAPTER_LEVEL = 2


def joined(title: str, chapters: Sequence[Text]) -> str:
    """The chapters as one Markdown text: the book's title, then each chapter under a heading of its own.

    A quote at the beginning that all chapters share, such as a note on how they were made, stands once at the top.
    """
    notice = _shared_notice([chapter.body for chapter in chapters])
    blocks = [f"# {escaped(title)}", *([notice] if notice else [])]
    for chapter in chapters:
        body = chapter.body.strip()
        body = body.removeprefix(notice).strip() if notice else body
        body = with_headings_below(without_title(body, chapter.title), CHAPTER_LEVEL).strip()
        blocks += [f"## {escaped(chapter.title)}", *([body] if body else [])]
    return "\n\n".join(blocks) + "\n"


def _shared_notice(bodies: Sequence[str]) -> str:
    """The first block of all texts, when it is a quote and the same in each of several."""
    first = {body.strip().partition("\n\n")[0] for body in bodies}
    notice = next(iter(first), "")
    shared = len(first) == 1 and len(bodies) > 1
    return notice if shared and all(line.startswith(">") for line in notice.splitlines()) else ""


def assembled(run: JobRun, project: Project, chapters: Sequence[Text]) -> dict[str, Any]:
    """Keep the joined chapters as the project's manuscript: `{"document", "version", "chapters"}`."""
    run.progress(0, _("Assembling the text"))
    body = joined(project.title, chapters)

    def save() -> dict[str, Any]:
        found = Document.objects.filter(project_id=project.pk, kind=DocumentKind.MANUSCRIPT, deleted_at__isnull=True)
        present = found.values_list("id", "version").first()
        common: dict[str, Any] = {
            "actor": SYSTEM,
            "body": body,
            "origin": VersionOrigin.GENERATED,
            "job_id": run.job_id,
            "reason": _("Assembled by a job"),
        }
        if present is None:
            document = document_create(project=project, kind=DocumentKind.MANUSCRIPT, title=project.title, **common)
        else:
            document = document_save(document_id=present[0], expected_version=present[1], **common)
        return {"document": str(document.pk), "version": document.version, "chapters": len(chapters)}

    return run.write("assemble", {"body": body}, save)
