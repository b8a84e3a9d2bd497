"""What the record does by the clock."""

import structlog
from celery import shared_task
from django.db import DatabaseError
from django_tenants.utils import schema_context

from audit.constants import PRUNE_TASK
from audit.selectors.schemas import record_schemas
from audit.services.retention import record_prune
from config.kernel.context import SYSTEM

log = structlog.get_logger("studio.audit")


@shared_task(name=PRUNE_TASK, platform=True)
def prune_records() -> int:
    """Take away what retention no longer keeps, record by record; the number of rows. One that fails stops no other."""
    rows = 0
    for schema in record_schemas():
        try:
            with schema_context(schema):
                pruned = record_prune(actor=SYSTEM)
        except DatabaseError:
            log.exception("audit_prune_failed", schema=schema)
        else:
            rows += pruned.events + pruned.history
    return rows
