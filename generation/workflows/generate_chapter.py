"""The job kind `generate_chapter`."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from config.kernel.errors import ValidationFailed
from generation.choices import Queue
from generation.jobs.inputs import JobInput
from generation.jobs.kinds import Estimate, JobKind
from generation.jobs.run import JobRun
from generation.workflows.calls import estimate, tokens_of_words
from generation.workflows.chapters import Commission, chapter_prompt, target_words, written_chapter
from generation.workflows.material import Material, material_of, present_material
from generation.workflows.plan_document import plan_from_markdown
from projects.choices import DocumentKind
from projects.models import Document, Project


class GenerateChapterInput(JobInput):
    """What a chapter may be asked for; without `order_index` it is the next one."""

    order_index: int | None = Field(None, ge=1, le=100_000)
    title: str = Field("", max_length=300)
    instructions: str = Field("", max_length=8_000)
    target_words: int | None = Field(None, ge=50, le=20_000)
    use_sources: bool = True


class GenerateChapter(JobKind[GenerateChapterInput]):
    """Writes one chapter: a new draft, or a new version of the one at `order_index`."""

    name, title, queue = "generate_chapter", gettext_lazy("Chapter"), Queue.MEDIUM
    input_model = GenerateChapterInput

    def check(self, project: Project, data: GenerateChapterInput) -> None:
        """Chapters have no gaps between them.

        Raises:
            ValidationFailed: `order_index` is beyond the next chapter.
        """
        if data.order_index is None:
            return
        chapters = Document.objects.filter(project_id=project.pk, kind=DocumentKind.CHAPTER, deleted_at__isnull=True)
        most = chapters.count() + 1
        if data.order_index > most:
            raise ValidationFailed.field(
                "order_index",
                _("Expected a position from 1 to %(most)d, found %(found)d.")
                % {"most": most, "found": data.order_index},
            )

    def estimate(self, project: Project, data: GenerateChapterInput) -> Estimate:
        """One call."""
        material = present_material(project)
        commission = _commission(material, data)
        return estimate([(chapter_prompt(material, commission), tokens_of_words(target_words(material, commission)))])

    def run(self, run: JobRun, project: Project, data: GenerateChapterInput) -> dict[str, Any]:
        """Write and keep: `{"document", "version", "order_index", "cut"}`."""
        material = material_of(run, project)
        commission = _commission(material, data)
        run.progress(0, _("Writing chapter %(number)d") % {"number": commission.number})
        return written_chapter(run, project, material, commission)


def _commission(material: Material, data: GenerateChapterInput) -> Commission:
    """The chapter asked for, with the plan and its neighbours."""
    chapters = material.chapters
    number = data.order_index or len(chapters) + 1
    return Commission(
        number=number,
        plan=plan_from_markdown(material.plan.body) if material.plan else {},
        title=data.title or (chapters[number - 1].title if number <= len(chapters) else ""),
        instructions=data.instructions,
        target_words=data.target_words or 0,
        use_sources=data.use_sources,
        before=chapters[number - 2] if 2 <= number <= len(chapters) + 1 else None,
        present=chapters[number - 1] if number <= len(chapters) else None,
    )
