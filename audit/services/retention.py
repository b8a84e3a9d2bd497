"""Taking old events away, from the oldest on, so that the rest of the chain can still be verified.

The base of the chain moves to the last event that goes: number and hash stay as the checkpoint that the first remaining
event hangs on. The database lets nothing else be deleted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from auditlog.models import LogEntry
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.constants import RETENTION_DAYS_MAX, RETENTION_SETTING
from audit.models import Chain, SecurityEvent
from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import ValidationFailed

log = structlog.get_logger("studio.audit")

BATCH_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went: security events, entries of the model history."""

    events: int
    history: int


def retention_days() -> int:
    """How long the schema at hand keeps its record, in days; 0 for ever."""
    own = Chain.objects.values_list("retention_days", flat=True).first()
    return int(settings.AUDIT_RETENTION_DAYS) if own is None else own


def retention_set(*, actor: Actor, days: int | None) -> None:
    """Give the organisation at hand a retention of its own, in days (0: for ever); None takes the operator's again.

    Raises:
        ValidationFailed: for days that are none.
    """
    if days is not None and not 0 <= days <= RETENTION_DAYS_MAX:
        raise ValidationFailed.field(
            "days", _("Use 0 to %(most)d days; found %(days)d.") % {"most": RETENTION_DAYS_MAX, "days": days}
        )
    with transaction.atomic():
        security_event(action="audit.retention_changed", actor=actor, metadata={"days": days})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS audit_event_chain IMMEDIATE")  # the first event makes the chain's row
        Chain.objects.update(retention_days=days)


def record_prune(*, actor: Actor, before: datetime | None = None, batch_rows: int = BATCH_ROWS) -> Pruned:
    """Delete what is older than `before` (default: the retention of the schema at hand), in batches of one transaction
    each; what was pruned is an event itself."""
    if before is None:
        days = retention_days()
        if days == 0:
            return Pruned(0, 0)
        before = timezone.now() - timedelta(days=days)
    events = 0
    while deleted := _events_prune(before, batch_rows):
        events += deleted
    history = 0
    while deleted := _history_prune(before, batch_rows):
        history += deleted
    if events or history:
        base = Chain.objects.first() or Chain()
        security_event(
            action="audit.pruned",
            actor=actor,
            metadata={
                "before": before.isoformat(),
                "events": events,
                "history": history,
                "base_sequence": base.base_sequence,
                "base_hash": base.base_hash,
            },
        )
        log.info("audit_pruned", events=events, history=history)
    return Pruned(events, history)


def _events_prune(before: datetime, batch_rows: int) -> int:
    """One batch: the oldest events of the chain, up to the first that has to stay; how many went."""
    with transaction.atomic(), connection.cursor() as cursor:
        chain = Chain.objects.select_for_update().first()
        if chain is None:
            return 0
        kept = SecurityEvent.objects.filter(occurred_at__gte=before, sequence__isnull=False).order_by("sequence")
        first_kept = kept.values_list("sequence", flat=True).first()
        last = min(chain.base_sequence + batch_rows, chain.head_sequence)
        if first_kept is not None:
            last = min(last, first_kept - 1)
        base = SecurityEvent.objects.filter(sequence=last).values_list("hash", flat=True).first()
        if last <= chain.base_sequence or base is None:
            return 0
        cursor.execute("SELECT set_config(%s, 'on', true)", [RETENTION_SETTING])
        Chain.objects.update(base_sequence=last, base_hash=base)
        # Not through the ORM: it would read the rows first, to see what hangs on them.
        cursor.execute("DELETE FROM audit_securityevent WHERE sequence <= %s", [last])
        deleted: int = cursor.rowcount
        cursor.execute("SELECT set_config(%s, 'off', true)", [RETENTION_SETTING])
        return deleted


def _history_prune(before: datetime, batch_rows: int) -> int:
    """One batch of the model history; how many entries went."""
    oldest = LogEntry.objects.filter(timestamp__lt=before).order_by("id").values_list("id", flat=True)
    return int(LogEntry.objects.filter(id__in=list(oldest[:batch_rows])).delete()[0])
