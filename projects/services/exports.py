"""Making files of a project's text."""

from hashlib import sha256

from django.db import transaction
from django.utils.text import slugify

from audit.services.events import security_event
from config.kernel.context import Actor
from projects.choices import Ability
from projects.constants import PROJECT_TYPE
from projects.exceptions import NothingToExport
from projects.export.base import exporter_for, formats
from projects.models import Export, Project
from projects.selectors.books import SOURCES, book_of
from projects.services.access import project_for
from projects.services.texts import checked_choice
from tenants.services.quotas import quota_admit

# File systems take 255 bytes, and a character may need four; a browser adds " (1)" and the like.
STEM_MAX_CHARACTERS, STEM_MAX_BYTES = 100, 200


def _filename(project: Project, extension: str) -> str:
    slug = slugify(project.title, allow_unicode=True)[:STEM_MAX_CHARACTERS]
    stem = slug.encode()[:STEM_MAX_BYTES].decode(errors="ignore").strip("-")
    stem = stem or f"{project.kind}-{project.pk.hex[-8:]}"
    return f"{stem}.{extension}"


@transaction.atomic
def export_create(*, actor: Actor, project: Project, format: str, source: str | None = None) -> Export:  # noqa: A002
    """Write the project's text to a file of `format` and keep it. An archived project can still leave.

    `source` is as in `projects.selectors.books.book_of`.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ValidationFailed: for an unknown format or source.
        NothingToExport: when there is no text yet.
        QuotaReached: there is no room left for it.
    """
    found = project_for(actor, Ability.EXPORT, project.pk)
    exporter = exporter_for(checked_choice("format", format, formats()))
    book = book_of(found, source=None if source is None else checked_choice("source", source, list(SOURCES)))
    if book is None:
        raise NothingToExport
    content = exporter.render(book)
    quota_admit(actor=actor, kind="storage", amount=len(content), project_id=found.pk)
    security_event(
        action="project.exported",
        actor=actor,
        target_type=PROJECT_TYPE,
        target_id=found.pk,
        target_label=found.title,
        metadata={"format": exporter.format, "bytes": len(content)},
    )
    return Export.objects.create(
        project=found,
        format=exporter.format,
        filename=_filename(found, exporter.extension),
        content_type=exporter.content_type,
        content=content,
        size_bytes=len(content),
        digest=sha256(content).hexdigest(),
        created_by_id=actor.user_id,
    )
