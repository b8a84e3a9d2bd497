"""A chapter, plan, note or article, and every version it had."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.kernel.models import Row
from projects.choices import DocumentKind, DocumentStatus, VersionOrigin
from projects.querysets import DocumentQuerySet


class Document(Row):
    """The present text of one document (Markdown). `version` is the number of its newest version.

    `order_index` counts from 1 without gaps within a project and kind; a deleted document has none. `source` says
    where a note's text comes from (a book, an address).
    """

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=16, choices=DocumentKind)
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("text"), blank=True)
    source = models.CharField(_("source"), max_length=500, blank=True)
    order_index = models.PositiveIntegerField(_("position"), null=True)
    status = models.CharField(_("status"), max_length=16, choices=DocumentStatus, default=DocumentStatus.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    word_count = models.PositiveIntegerField(_("words"), default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects: ClassVar = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("kind", "order_index")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("project", "kind", "order_index"),
                name="projects_document_order_is_unique",
                deferrable=models.Deferrable.IMMEDIATE,  # checked after each statement: positions shift in one UPDATE
                violation_error_message=_("Another document stands at this position."),
            ),
            models.UniqueConstraint(
                fields=("project",),
                condition=models.Q(kind=DocumentKind.MANUSCRIPT, deleted_at__isnull=True),
                name="projects_document_one_manuscript",
                violation_error_message=_("The project has its manuscript already."),
            ),
            models.CheckConstraint(
                name="projects_document_deleted_has_no_place",
                # An unknown position makes a comparison unknown, and a check lets that pass: so NULL is named.
                condition=models.Q(deleted_at__isnull=True, order_index__isnull=False, order_index__gte=1)
                | models.Q(deleted_at__isnull=False, order_index__isnull=True),
                violation_error_message=_("A document has a position from 1 on; a deleted one has none."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DocumentVersion(models.Model):
    """One state of a document that was worth keeping. Never changed, never deleted but with its document.

    `job_id` names the job that wrote it, when it was not a person. `digest` is the SHA-256 of title and text.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("text"), blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    job_id = models.UUIDField(_("job"), null=True, blank=True)
    origin = models.CharField(_("origin"), max_length=16, choices=VersionOrigin, default=VersionOrigin.TYPED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ("document", "-number")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("document", "number"),
                name="projects_documentversion_number_is_unique",
                violation_error_message=_("This version exists."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} #{self.number}"
