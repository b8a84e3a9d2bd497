"""A project's text, gathered for a file."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from projects.choices import DocumentKind, ProjectKind
from projects.export.base import Book, Chapter
from projects.export.markup import split_chapters
from projects.models import Document, Project

MANUSCRIPT, CHAPTERS = "manuscript", "chapters"
SOURCES = (MANUSCRIPT, CHAPTERS)


def _parts(project: Project) -> tuple[Chapter, ...]:
    """The chapters in order; where there are none, the articles."""
    for kind in (DocumentKind.CHAPTER, DocumentKind.ARTICLE):
        rows = Document.objects.filter(project=project, kind=kind, deleted_at__isnull=True).order_by("order_index")
        found = tuple(Chapter(title, body) for title, body in rows.values_list("title", "body"))
        if any(chapter.body.strip() for chapter in found):
            return found
    return ()


def _manuscript(project: Project) -> str:
    rows = Document.objects.filter(project=project, kind=DocumentKind.MANUSCRIPT, deleted_at__isnull=True)
    return rows.values_list("body", flat=True).first() or ""


def book_of(project: Project, *, source: str | None = None) -> Book | None:
    """The project's text as a book, or None when there is none yet.

    `source` says from where: the assembled manuscript, or the chapters as they stand; None takes the manuscript where
    there is one.
    """
    text = _manuscript(project) if source in {None, MANUSCRIPT} else ""
    preface, chapters = "", tuple[Chapter, ...]()
    if text.strip():
        preface, chapters = split_chapters(text, title=project.title)
    elif source != MANUSCRIPT:
        chapters = _parts(project)
    if not chapters:
        return None
    is_novel = project.kind == ProjectKind.NOVEL
    with override(project.language):
        label = _("A novel") if is_novel else _("An article")
    return Book(
        title=project.title,
        language=project.language,
        label=label,
        chapters=chapters,
        preface=preface,
        is_numbered=is_novel and len(chapters) > 1,
    )
