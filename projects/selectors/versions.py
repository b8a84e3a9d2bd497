"""The history of a document's text as every answer shows it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from projects.models import Document, DocumentVersion

if TYPE_CHECKING:
    from tenants.models import User

LISTED = (
    "id", "number", "title", "origin", "reason", "digest", "size_bytes", "created_at", "author_id", "author__name",
    "author__email", "job_id",
)  # fmt: skip


def author_shown(person_id: UUID | None, name: str, email: str, job_id: UUID | None) -> dict[str, Any] | None:
    """Who wrote a version, person or job; None when it was the system itself.

    A person without a name is called by the local part of their e-mail.
    """
    if job_id is not None:
        return {"kind": "job", "id": job_id, "name": ""}
    if person_id is not None:
        return {"kind": "person", "id": person_id, "name": name or email.partition("@")[0]}
    return None


def author_of(person: "User | None", job_id: UUID | None) -> dict[str, Any] | None:
    """The same for a person whose row is at hand."""
    if person is None:
        return author_shown(None, "", "", job_id)
    return author_shown(person.pk, person.name, person.email, job_id)


def versions_of(actor: Actor, document_id: UUID) -> QuerySet[DocumentVersion, dict[str, Any]]:
    """The rows of a document's versions, without their texts.

    Raises:
        NotFound: when the document does not exist for `actor`.
    """
    if not Document.objects.visible_to(actor).filter(pk=document_id).exists():
        raise NotFound
    found: QuerySet[DocumentVersion, dict[str, Any]] = DocumentVersion.objects.filter(document_id=document_id).values(
        *LISTED
    )
    return found


def version_shown(row: dict[str, Any]) -> dict[str, Any]:
    """One row of the list as an answer."""
    shown = {name: value for name, value in row.items() if name != "id" and not name.startswith(("author", "job"))}
    shown["author"] = author_shown(
        row["author_id"], row["author__name"] or "", row["author__email"] or "", row["job_id"]
    )
    return shown


def version_with_text(actor: Actor, document_id: UUID, number: int) -> dict[str, Any]:
    """One version with its text.

    Raises:
        NotFound: when document or version do not exist for `actor`.
    """
    row = versions_of(actor, document_id).filter(number=number).values(*LISTED, "body").first()
    if row is None:
        raise NotFound
    return version_shown(row)
