"""Making, saving, moving and deleting documents. Every real change of a text makes a version."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.history import record_change
from config.kernel.context import Actor
from config.kernel.errors import Conflict, NotFound, ValidationFailed
from projects.choices import Ability, DocumentKind, DocumentStatus, VersionOrigin
from projects.constants import SOURCE_MAX_CHARACTERS
from projects.models import Document, DocumentVersion, Project, Task
from projects.services import ordering
from projects.services.access import document_for, project_for, require_active
from projects.services.texts import checked_choice, count_words, line, paragraphs, same_but_for_blanks
from projects.services.versions import version_conflict, write_version

STANDING = {"deleted_at__isnull": True}


def siblings_of(project_id: UUID, kind: str) -> QuerySet[Document, Document]:
    """The documents among which one of this kind has its position."""
    found: QuerySet[Document, Document] = Document.objects.filter(project_id=project_id, kind=kind, **STANDING)
    return found


@transaction.atomic
def document_create(
    *,
    actor: Actor,
    project: Project,
    kind: str,
    title: str,
    body: str = "",
    status: str = DocumentStatus.DRAFT,
    origin: str = VersionOrigin.TYPED,
    job_id: UUID | None = None,
    reason: str = "",
    order_index: int | None = None,
    source: str = "",
) -> Document:
    """Add a document with its first version: at `order_index` (from 1; those behind move on), or at the end.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ProjectInactive: in an archived or cancelled project.
        ValidationFailed: for a kind, title, text or position that is not allowed.
        Conflict: for a second manuscript.
    """
    locked = project_for(actor, Ability.EDIT, project.pk, lock=True)
    require_active(locked)
    kind = checked_choice("kind", kind, DocumentKind.values)
    siblings = siblings_of(locked.pk, kind)
    if kind == DocumentKind.MANUSCRIPT and siblings.exists():
        raise Conflict(_("The project has its manuscript already."))
    title, body = line("title", title), paragraphs("body", body)
    document = Document.objects.create(
        project=locked,
        kind=kind,
        title=title,
        body=body,
        source=line("source", source, most=SOURCE_MAX_CHARACTERS, required=False),
        status=checked_choice("status", status, DocumentStatus.values),
        order_index=ordering.make_room(siblings, order_index),
        word_count=count_words(body),
        created_by_id=actor.user_id,
    )
    write_version(document, actor=actor, origin=origin, job_id=job_id, reason=reason)
    created: Document = document
    return created


def _changes(document: Document, title: str | None, body: str | None, source: str | None) -> dict[str, Any]:
    """The fields that are given and differ."""
    asked = {
        "title": None if title is None else line("title", title),
        "body": None if body is None else paragraphs("body", body),
        "source": None if source is None else line("source", source, most=SOURCE_MAX_CHARACTERS, required=False),
    }
    return {name: value for name, value in asked.items() if value is not None and value != getattr(document, name)}


@transaction.atomic
def document_save(
    *,
    actor: Actor,
    document_id: UUID,
    expected_version: int,
    title: str | None = None,
    body: str | None = None,
    source: str | None = None,
    origin: str = VersionOrigin.TYPED,
    job_id: UUID | None = None,
    reason: str = "",
    autosave: bool = False,
) -> Document:
    """Save a text over the version that the writer read. A changed text is a draft again.

    A save that changes nothing makes no version; with `autosave`, neither does one that changes only blanks at the
    ends of lines.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ProjectInactive: in an archived or cancelled project.
        ValidationFailed: for a title or text that is not allowed.
        VersionConflict: when somebody saved another version since.
    """
    document = document_for(actor, Ability.EDIT, document_id)
    require_active(document.project)
    if document.version != expected_version:
        raise version_conflict(document_id)
    changes = _changes(document, title, body, source)
    if autosave and set(changes) == {"body"} and same_but_for_blanks(document.body, changes["body"]):
        return document
    if not changes:
        return document
    if "body" in changes:
        changes["word_count"] = count_words(changes["body"])
    changes |= {"status": DocumentStatus.DRAFT.value, "version": expected_version + 1, "updated_at": timezone.now()}
    _write_if_unchanged(document, expected_version, changes)
    write_version(document, actor=actor, origin=origin, job_id=job_id, reason=reason)
    return document


def _write_if_unchanged(document: Document, expected_version: int, changes: dict[str, Any]) -> None:
    """One UPDATE that succeeds for one writer of each version; then the instance and the history follow.

    Raises:
        VersionConflict: when another writer was first.
        NotFound: when the document was deleted meanwhile.
    """
    won = Document.objects.filter(pk=document.pk, version=expected_version, **STANDING).update(**changes)
    if not won:
        raise version_conflict(document.pk)
    old = {name: getattr(document, name) for name in changes}
    for name, value in changes.items():
        setattr(document, name, value)
    shown = {name: (old[name], changes[name]) for name in changes if name not in {"body", "updated_at"}}
    record_change(document, {name: pair for name, pair in shown.items() if pair[0] != pair[1]})


@transaction.atomic
def version_restore(*, actor: Actor, document_id: UUID, number: int, expected_version: int) -> Document:
    """Make an older version's title and text the newest version.

    Raises:
        NotFound: when document or version do not exist for the actor.
        PermissionDenied, ProjectInactive, VersionConflict: as `document_save`.
    """
    document_for(actor, Ability.EDIT, document_id)
    old = DocumentVersion.objects.filter(document_id=document_id, number=number).first()
    if old is None:
        raise NotFound
    return document_save(
        actor=actor,
        document_id=document_id,
        expected_version=expected_version,
        title=old.title,
        body=old.body,
        origin=VersionOrigin.RESTORED,
        reason=_("Restored version %(number)d") % {"number": number},
    )


def _anchor(document: Document, field: str, anchor_id: UUID) -> Document:
    """The document beside which another one is put.

    Raises:
        ValidationFailed: when it is the document itself, or not of the same kind in the same project.
    """
    if anchor_id == document.pk:
        raise ValidationFailed.field(field, _("A document can't be moved beside itself."))
    anchor = siblings_of(document.project_id, document.kind).filter(pk=anchor_id).first()
    if anchor is None:
        raise ValidationFailed.field(field, _("There is no such document of the same kind in this project."))
    return anchor


@transaction.atomic
def document_move(
    *, actor: Actor, document_id: UUID, before: UUID | None = None, after: UUID | None = None
) -> Document:
    """Put a document directly before or after another one of its kind and project. Makes no version.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ProjectInactive: in an archived or cancelled project.
        ValidationFailed: when not exactly one neighbour is named, or it does not fit.
    """
    if (before is None) == (after is None):
        raise ValidationFailed.field("before", _("Name exactly one of: before, after."))
    document = document_for(actor, Ability.EDIT, document_id)
    require_active(project_for(actor, Ability.EDIT, document.project_id, lock=True))
    document.refresh_from_db(fields=["order_index", "deleted_at"])
    if document.deleted_at is not None or document.order_index is None:
        raise NotFound
    anchor = _anchor(document, "after", after) if after is not None else _anchor(document, "before", before)  # type: ignore[arg-type]
    start = document.order_index
    end = ordering.position_beside(anchor=anchor.order_index or 0, after=after is not None, start=start)
    if end == start:
        return document
    ordering.move_within(siblings_of(document.project_id, document.kind), pk=document.pk, start=start, end=end)
    document.order_index = end
    record_change(document, {"order_index": (start, end)})
    return document


@transaction.atomic
def document_delete(*, actor: Actor, document_id: UUID, expected_version: int) -> None:
    """Take a document out of everybody's sight and close its place. Its versions stay.

    Raises:
        NotFound, PermissionDenied: as `projects.permissions.require`.
        ProjectInactive: in an archived or cancelled project.
        VersionConflict: when somebody saved another version since.
    """
    document = document_for(actor, Ability.EDIT, document_id)
    require_active(project_for(actor, Ability.EDIT, document.project_id, lock=True))
    document.refresh_from_db(fields=["order_index"])
    start, now = document.order_index, timezone.now()
    gone: dict[str, Any] = {"order_index": None, "deleted_at": now, "updated_at": now}
    _write_if_unchanged(document, expected_version, gone)
    Task.objects.filter(document_id=document_id).update(document=None)
    if start is not None:
        ordering.close_gap(siblings_of(document.project_id, document.kind), start)


@transaction.atomic
def final_content_save(
    *, actor: Actor, project_id: UUID, content: str, expected_version: int | None, autosave: bool = False
) -> tuple[Document, bool]:
    """Save the project's assembled text, and say whether this made its manuscript.

    `expected_version` is the manuscript's version that the writer read; None when the writer saw none yet.

    Raises:
        NotFound, PermissionDenied, ProjectInactive, ValidationFailed, VersionConflict: as `document_save`.
    """
    project = project_for(actor, Ability.EDIT, project_id, lock=True)
    require_active(project)
    manuscript = siblings_of(project.pk, DocumentKind.MANUSCRIPT).first()
    if manuscript is None:
        if expected_version is not None:
            raise NotFound
        return document_create(
            actor=actor, project=project, kind=DocumentKind.MANUSCRIPT, title=project.title, body=content
        ), True
    saved = document_save(
        actor=actor,
        document_id=manuscript.pk,
        expected_version=expected_version or 0,
        body=content,
        autosave=autosave,
    )
    return saved, False
