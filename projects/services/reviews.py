"""The review of a document: submitted, then approved or rejected. A changed text is a draft again."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.services.history import record_change
from config.kernel.context import Actor
from projects.choices import Ability, DocumentStatus
from projects.exceptions import ReviewStateConflict
from projects.models import Document
from projects.services.access import document_for, require_active
from projects.services.versions import version_conflict

_SUBMITTABLE = (DocumentStatus.DRAFT, DocumentStatus.REJECTED)
_PENDING = (DocumentStatus.PENDING_REVIEW,)


@transaction.atomic
def _step(
    *,
    actor: Actor,
    document_id: UUID,
    ability: str,
    starts: tuple[DocumentStatus, ...],
    end: DocumentStatus,
    expected_version: int | None,
) -> Document:
    """One step of the review, by one conditional UPDATE: of two reviewers one wins."""
    document = document_for(actor, ability, document_id)
    require_active(document.project)
    version = document.version if expected_version is None else expected_version
    now = timezone.now()
    won = Document.objects.filter(pk=document_id, version=version, status__in=starts, deleted_at__isnull=True).update(
        status=end, updated_at=now
    )
    if not won:
        document.refresh_from_db(fields=["status", "version"])
        if document.version != version:
            raise version_conflict(document_id)
        raise ReviewStateConflict(
            details={"status": document.status, "expected": [str(status.value) for status in starts]}
        )
    record_change(document, {"status": (document.status, end.value)})
    document.status, document.updated_at = end.value, now
    return document


def document_submit(*, actor: Actor, document_id: UUID, expected_version: int | None = None) -> Document:
    """Ask for a review of the present text.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require` (ability edit).
        ProjectInactive: in an archived or cancelled project.
        VersionConflict: when `expected_version` is given and is not the present one.
        ReviewStateConflict: when it waits for review, or is approved, already.
    """
    return _step(
        actor=actor,
        document_id=document_id,
        ability=Ability.EDIT,
        starts=_SUBMITTABLE,
        end=DocumentStatus.PENDING_REVIEW,
        expected_version=expected_version,
    )


def document_approve(*, actor: Actor, document_id: UUID, expected_version: int | None = None) -> Document:
    """Accept the text that waits for review.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require` (ability approve).
        ProjectInactive, VersionConflict, ReviewStateConflict: as `document_submit`.
    """
    return _step(
        actor=actor,
        document_id=document_id,
        ability=Ability.APPROVE,
        starts=_PENDING,
        end=DocumentStatus.APPROVED,
        expected_version=expected_version,
    )


def document_reject(*, actor: Actor, document_id: UUID, expected_version: int | None = None) -> Document:
    """Send the text that waits for review back to its writers.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require` (ability approve).
        ProjectInactive, VersionConflict, ReviewStateConflict: as `document_submit`.
    """
    return _step(
        actor=actor,
        document_id=document_id,
        ability=Ability.APPROVE,
        starts=_PENDING,
        end=DocumentStatus.REJECTED,
        expected_version=expected_version,
    )
