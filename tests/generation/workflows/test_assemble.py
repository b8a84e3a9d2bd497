"""Joining chapters into the manuscript."""

from collections.abc import Callable
from uuid import uuid4

from config.kernel.context import SYSTEM
from generation.models import Job
from generation.workflows.manuscript import joined
from generation.workflows.material import Text
from projects.models import Document, Project
from projects.services.documents import document_create, document_save


def text(title: str, body: str) -> Text:
    return Text(uuid4(), 1, title, body)


def test_chapters_stand_in_order_under_headings_of_their_own() -> None:
    book = joined("Book", [text("One", "# One\n\nFirst.\n\n## Later\n\nMore."), text("Two", "Second.")])
    assert book == "# Book\n\n## One\n\nFirst.\n\n### Later\n\nMore.\n\n## Two\n\nSecond.\n"


def test_quote_that_all_chapters_begin_with_stands_once_at_the_top() -> None:
    notice = "> Made by a machine."
    book = joined("Book", [text("One", f"{notice}\n\n# One\n\nA."), text("Two", f"{notice}\n\nB.")])
    assert book == f"# Book\n\n{notice}\n\n## One\n\nA.\n\n## Two\n\nB.\n"


def test_quote_of_one_chapter_stays_where_it_is() -> None:
    book = joined("Book", [text("One", "> A motto.\n\nA."), text("Two", "> Another.\n\nB.")])
    assert "## One\n\n> A motto.\n\nA." in book


def test_marks_in_titles_mean_nothing() -> None:
    assert joined("A *Book*", [text("# One", "A.")]).startswith("# A \\*Book\\*\n\n## \\# One\n\n")


def test_assembling_again_makes_a_new_version_and_a_changed_text(ended: Callable[..., Job], project: Project) -> None:
    chapter = document_create(actor=SYSTEM, project=project, kind="chapter", title="One", body="First.")
    first = ended("assemble", project)
    assert (first.status, first.result["version"], first.result["chapters"]) == ("succeeded", 1, 1)
    same = ended("assemble", project, finishing=[])
    assert same.result["version"] == 1  # nothing changed, no version
    document_save(actor=SYSTEM, document_id=chapter.pk, expected_version=1, body="Changed.")
    assert ended("assemble", project).result["version"] == 2
    manuscript = Document.objects.get(project=project, kind="manuscript")
    assert manuscript.body == f"# {project.title}\n\n## One\n\nChanged.\n"
    assert manuscript.versions.get(number=1).body == f"# {project.title}\n\n## One\n\nFirst.\n"
