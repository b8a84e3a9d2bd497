"""An organisation's face of the admin: its projects, documents and board, in lists and figures.

What was written is not shown: being an admin of the organisation is no role on its projects.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from config.administration.models import EMPTY, OrganisationAdmin, OrganisationInline, badge
from projects.choices import DocumentStatus, ProjectStatus, TaskStatus
from projects.models import Document, DocumentVersion, Export, Project, Task

PROJECT_TONES = {ProjectStatus.ACTIVE: "good"}
DOCUMENT_TONES = {
    DocumentStatus.APPROVED: "good",
    DocumentStatus.PENDING_REVIEW: "warn",
    DocumentStatus.REJECTED: "bad",
}
TASK_TONES = {TaskStatus.DONE: "good", TaskStatus.REVIEW: "warn"}


class DocumentInline(OrganisationInline):
    """The documents of a project."""

    model = Document
    fields = readonly_fields = ("page", "kind", "order_index", "status", "version", "word_count", "updated_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those that were not deleted, without their texts."""
        return super().get_queryset(request).filter(deleted_at=None).defer("body")

    @admin.display(description=_("title"))
    def page(self, row: Document) -> str:
        """The title, leading to the document's own page."""
        return format_html('<a href="{}">{}</a>', reverse("admin:projects_document_change", args=[row.pk]), row.title)


@admin.register(Project)
class ProjectAdmin(OrganisationAdmin):
    """Projects."""

    list_display = ("title", "kind", "state", "documents", "words", "created_by", "updated_at")
    list_filter = ("kind", "status", "language", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "id")
    list_select_related = ("created_by",)
    inlines = (DocumentInline,)
    exclude = ("brief",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of documents and words, in the same query."""
        present = Q(documents__deleted_at=None)
        rows = super().get_queryset(request)
        return rows.annotate(
            document_count=Count("documents", filter=present),
            word_total=Sum("documents__word_count", filter=present),
        )

    @admin.display(description=_("status"), ordering="status")
    def state(self, row: Project) -> str:
        """Its state as a badge; deleted ones say so."""
        if row.deleted_at is not None:
            return badge(_("deleted"), "bad")
        return badge(row.get_status_display(), PROJECT_TONES.get(ProjectStatus(row.status), ""))

    @admin.display(description=_("documents"), ordering="document_count")
    def documents(self, row: Any) -> int:
        """How many there are."""
        return int(row.document_count)

    @admin.display(description=_("words"), ordering="word_total")
    def words(self, row: Any) -> int:
        """How long they are together."""
        return int(row.word_total or 0)


class VersionInline(OrganisationInline):
    """The history of a document, without the texts."""

    model = DocumentVersion
    fields = readonly_fields = ("number", "title", "origin", "writer", "reason", "size_bytes", "created_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the authors, newest first."""
        return super().get_queryset(request).select_related("author").defer("body").order_by("-number")

    @admin.display(description=_("author"))
    def writer(self, row: DocumentVersion) -> str:
        """The person as text, since people's pages are the platform's."""
        return str(row.author) if row.author else EMPTY


@admin.register(Document)
class DocumentAdmin(OrganisationAdmin):
    """Documents and their history, without the texts."""

    list_display = ("title", "project", "kind", "order_index", "state", "version", "word_count", "updated_at")
    list_filter = ("kind", "status", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "project__title", "id")
    list_select_related = ("project",)
    inlines = (VersionInline,)
    exclude = ("body", "source")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Texts are not even read."""
        return super().get_queryset(request).defer("body")

    @admin.display(description=_("status"), ordering="status")
    def state(self, row: Document) -> str:
        """Its state as a badge."""
        return badge(row.get_status_display(), DOCUMENT_TONES.get(DocumentStatus(row.status), ""))


@admin.register(Task)
class TaskAdmin(OrganisationAdmin):
    """The board's cards, by their titles."""

    list_display = ("title", "project", "state", "order_index", "assignee", "agent", "due_at", "updated_at")
    list_filter = ("status", "agent")
    search_fields = ("title", "project__title", "assignee__email", "id")
    list_select_related = ("project", "assignee")
    exclude = ("description",)

    @admin.display(description=_("column"), ordering="status")
    def state(self, row: Task) -> str:
        """Its column as a badge."""
        return badge(row.get_status_display(), TASK_TONES.get(TaskStatus(row.status), ""))


@admin.register(Export)
class ExportAdmin(OrganisationAdmin):
    """Files that were made."""

    list_display = ("filename", "project", "format", "size", "created_by", "created_at")
    list_filter = ("format",)
    search_fields = ("filename", "project__title", "id")
    list_select_related = ("project", "created_by")
    exclude = ("content",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the files themselves."""
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, row: Export) -> str:
        """How large the file is."""
        return filesizeformat(row.size_bytes)
