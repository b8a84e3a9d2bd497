"""Archives of an organisation: asked for by an admin, made by a task, downloaded in pieces, deleted after a week."""

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import Conflict, NotFound
from config.kernel.tasks import enqueue
from tenants.choices import ArchiveStatus
from tenants.constants import ARCHIVES_TASK, ORGANISATION_EXPORTED
from tenants.models import OrganisationExport, OrganisationExportPart
from tenants.permissions import require_admin
from tenants.selectors.belonging import acting_person
from tenants.services.organisation_archive import archive_write
from tenants.services.passwords import password_proved

log = structlog.get_logger(__name__)

PART_BYTES = 1024 * 1024
CLAIM = timedelta(minutes=30)
ATTEMPTS_MAX = 3
KEEP_DAYS = 7


def organisation_export_ask(*, actor: Actor, tenant_id: UUID, current_password: str) -> OrganisationExport:
    """Have an archive made of everything that the organisation owns.

    Raises:
        PermissionDenied: when the actor is no admin of the organisation.
        ValidationFailed: when the password is wrong.
        RateLimited, Degraded: too many wrong passwords lately, or they can't be counted.
        Conflict: when one is being made already.
    """
    require_admin(actor, tenant_id)
    password_proved(actor=actor, user=acting_person(actor), current=current_password)
    try:
        with transaction.atomic():
            row = OrganisationExport.objects.create(tenant_id=tenant_id, asked_by_id=actor.user_id)
            security_event(action=ORGANISATION_EXPORTED, actor=actor, target_type="archive", target_id=row.pk)
            enqueue(ARCHIVES_TASK, schema="public", queue="maintenance")
    except IntegrityError as error:
        raise Conflict(_("An archive is being made.")) from error
    return row


def organisation_export_of(*, actor: Actor, tenant_id: UUID, export_id: UUID) -> OrganisationExport:
    """One archive of the organisation.

    Raises:
        PermissionDenied: when the actor is no admin of the organisation.
        NotFound: when it has no such archive.
    """
    require_admin(actor, tenant_id)
    row = OrganisationExport.objects.filter(pk=export_id, tenant_id=tenant_id).first()
    if row is None:
        raise NotFound
    return row


def export_pieces(row: OrganisationExport) -> Iterator[bytes]:
    """The file of a finished archive, piece by piece.

    Raises:
        Conflict: when it is not ready.
    """
    if row.status != ArchiveStatus.READY:
        raise Conflict(_("This archive is not ready."), details={"status": row.status})
    numbers = list(row.parts.order_by("number").values_list("number", flat=True))
    return (bytes(row.parts.values_list("content", flat=True).get(number=number)) for number in numbers)


def organisation_exports_make() -> int:
    """Make every archive that waits, or whose worker was lost; how many were made. Old ones are deleted."""
    OrganisationExport.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEEP_DAYS)).delete()
    waiting = Q(status=ArchiveStatus.QUEUED) | Q(status=ArchiveStatus.RUNNING, claimed_until__lt=timezone.now())
    return sum(_make(pk) for pk in list(OrganisationExport.objects.filter(waiting).values_list("pk", flat=True)))


def _make(export_id: UUID) -> bool:
    """Claim, write, store; whether the archive is ready."""
    row = _claimed(export_id)
    if row is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        with tenant_context(row.tenant):
            archive_write(row.tenant, path)
        _store(row, path)
    log.info("organisation_archive_made", export_id=str(export_id), tenant=row.tenant.slug)
    return True


def _claimed(export_id: UUID) -> OrganisationExport | None:
    """The archive, when it is this process that makes it. After `ATTEMPTS_MAX` lost attempts it has failed."""
    now = timezone.now()
    with transaction.atomic():
        row = OrganisationExport.objects.select_for_update(skip_locked=True).filter(pk=export_id).first()
        if row is None or row.status not in {ArchiveStatus.QUEUED, ArchiveStatus.RUNNING}:
            return None
        if row.status == ArchiveStatus.RUNNING and row.claimed_until is not None and row.claimed_until > now:
            return None
        if row.attempts >= ATTEMPTS_MAX or not row.tenant.is_active:
            row.status, row.finished_at = ArchiveStatus.FAILED, now
            row.save(update_fields=["status", "finished_at"])
            return None
        row.status, row.attempts, row.claimed_until = ArchiveStatus.RUNNING, row.attempts + 1, now + CLAIM
        row.save(update_fields=["status", "attempts", "claimed_until"])
    return row


def _store(row: OrganisationExport, path: Path) -> None:
    """Keep the file in pieces, all of it or nothing."""
    digest = hashlib.sha256()
    with transaction.atomic(), path.open("rb") as file:
        row.parts.all().delete()
        for number, piece in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
            digest.update(piece)
            OrganisationExportPart.objects.create(export=row, number=number, content=piece)
        row.status, row.finished_at, row.digest = ArchiveStatus.READY, timezone.now(), digest.hexdigest()
        row.size_bytes = path.stat().st_size
        row.save(update_fields=["status", "finished_at", "digest", "size_bytes"])
