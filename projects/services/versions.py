"""Keeping every state of a text, and refusing to write over one that the writer did not read."""

from uuid import UUID

from config.kernel.context import Actor
from config.kernel.errors import NotFound, VersionConflict
from projects.choices import VersionOrigin
from projects.constants import REASON_MAX_CHARACTERS
from projects.models import Document, DocumentVersion
from projects.selectors.versions import author_of
from projects.services.texts import checked_choice, line, text_digest
from tenants.services.quotas import quota_admit


def write_version(
    document: Document, *, actor: Actor, origin: str, job_id: UUID | None, reason: str
) -> DocumentVersion:
    """Keep the document's present text under its present version number.

    Raises:
        QuotaReached: there is no room left for it.
    """
    size_bytes = len(document.body.encode("utf-8"))
    quota_admit(actor=actor, kind="storage", amount=size_bytes, project_id=document.project_id)
    return DocumentVersion.objects.create(
        document=document,
        number=document.version,
        title=document.title,
        body=document.body,
        author_id=actor.user_id,
        job_id=job_id,
        origin=checked_choice("origin", origin, VersionOrigin.values),
        reason=line("reason", reason, most=REASON_MAX_CHARACTERS, required=False),
        digest=text_digest(document.title, document.body),
        size_bytes=size_bytes,
    )


def version_conflict(document_id: UUID) -> VersionConflict:
    """The refusal of a stale write, with what the client needs to understand it.

    Raises:
        NotFound: when the document is gone by now.
    """
    newest = (
        DocumentVersion.objects.filter(document_id=document_id, document__deleted_at__isnull=True)
        .select_related("author")
        .order_by("-number")
        .first()
    )
    if newest is None:
        raise NotFound
    return VersionConflict(
        details={
            "current_version": newest.number,
            "changed_by": author_of(newest.author, newest.job_id),
            "changed_at": newest.created_at,
        }
    )
