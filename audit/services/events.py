"""Writing security events: who did what to which thing, and what became of it.

The digest of an event is SHA-256 over the canonical JSON of its fields (`digest_of`); the database links it to its
predecessor when it commits: `hash = SHA-256("<previous hash>:<sequence>:<digest>")`, all in hexadecimal.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name
from prometheus_client import Counter
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout
from uuid_utils.compat import uuid7

from audit.choices import Outcome
from audit.constants import LABEL_MAX_CHARACTERS, TARGET_ID_MAX_CHARACTERS, TARGET_TYPE_MAX_CHARACTERS
from audit.models import SecurityEvent
from audit.services.actions import require_action
from audit.services.metadata import canonical_json, clean, text
from config.kernel.context import SYSTEM, Actor, current_context
from config.kernel.errors import Degraded
from config.kernel.schemas import present_schema

log = structlog.get_logger("studio.audit")

audit_failures_total = Counter("studio_audit_failures_total", "Security events that could not be written.")

# What the digest is taken of, beside the time.
FIELDS = (
    "id",
    "actor_id",
    "actor_label",
    "organisation_id",
    "organisation",
    "action",
    "outcome",
    "target_type",
    "target_id",
    "target_label",
    "request_id",
    "address",
    "metadata",
)
COLUMNS = ("occurred_at", "digest", *FIELDS)
NOT_WRITTEN = (DatabaseError, InterfaceError, PoolTimeout)


def security_event(
    *,
    action: str,
    outcome: str = Outcome.SUCCESS,
    actor: Actor | None = None,
    target_type: str = "",
    target_id: UUID | str | None = None,
    target_label: str = "",
    metadata: dict[str, Any] | None = None,
    schema: str | None = None,
) -> None:
    """Record an action in the present transaction: event and action are kept, or rolled back, together.

    Actor, request, address and organisation are those of the present context; `schema` names another organisation's
    record (or `public`). A transaction that writes into two records writes into the platform's first: two chains locked
    in different orders would wait for each other.

    Raises:
        UnknownAction: when no app registered the action.
        Degraded: in strict mode, when the event can't be written. Otherwise that is logged and counted.
    """
    require_action(action)
    if not settings.AUDIT_ENABLED:
        return
    try:
        with transaction.atomic():  # a failure here must not break the transaction of the action
            row = _row(action, outcome, actor, target_type, target_id, target_label, metadata, schema)
            _insert(connections[DEFAULT_DB_ALIAS], schema or present_schema(), row)
    except NOT_WRITTEN as error:
        _not_written(action, error)
        if settings.AUDIT_STRICT_MODE:
            raise Degraded(_("This can't be recorded now, and so not be done."), details={"part": "audit"}) from error


def refusal_event(
    *,
    action: str,
    outcome: str = Outcome.REFUSED,
    actor: Actor | None = None,
    target_type: str = "",
    target_id: UUID | str | None = None,
    target_label: str = "",
    metadata: dict[str, Any] | None = None,
    schema: str | None = None,
) -> None:
    """Record what was refused, so that it stays although the present transaction is rolled back.

    Inside a transaction the event goes through a connection of its own. It never raises for want of a database: the
    refusal itself stands, and the failure is logged and counted.

    Raises:
        UnknownAction: when no app registered the action.
    """
    require_action(action)
    if not settings.AUDIT_ENABLED:
        return
    where = schema or present_schema()
    present = connections[DEFAULT_DB_ALIAS]
    try:
        row = _row(action, outcome, actor, target_type, target_id, target_label, metadata, schema)
        if not _within_transaction(present):
            with transaction.atomic():
                _insert(present, where, row)
            return
        own: Any = connections.create_connection(DEFAULT_DB_ALIAS)
        try:
            _insert(own, where, row)
        finally:
            own.close()
    except NOT_WRITTEN as error:
        _not_written(action, error)


def digest_of(event: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal over the canonical JSON of an event's fields and its time in UTC with microseconds."""
    fields = {name: str(event[name]) if isinstance(event[name], UUID) else event[name] for name in FIELDS}
    moment: datetime = event["occurred_at"]
    fields["occurred_at"] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(canonical_json(fields).encode()).hexdigest()


def _row(
    action: str,
    outcome: str,
    actor: Actor | None,
    target_type: str,
    target_id: UUID | str | None,
    target_label: str,
    metadata: dict[str, Any] | None,
    schema: str | None,
) -> dict[str, Any]:
    """The event's columns from what was said and the present context."""
    context = current_context()
    who = actor or context.actor or SYSTEM if context.job_id else actor or context.actor
    organisation_id, organisation = _organisation(schema or present_schema())
    more = dict(metadata or {})
    if context.job_id is not None:
        more.setdefault("job_id", str(context.job_id))
    row = {
        "id": uuid7(),
        "occurred_at": timezone.now(),
        "actor_id": who.user_id if who else None,
        "actor_label": text(who.label, LABEL_MAX_CHARACTERS) if who else "",
        "organisation_id": organisation_id,
        "organisation": organisation,
        "action": action,
        "outcome": Outcome(outcome).value,
        "target_type": text(target_type, TARGET_TYPE_MAX_CHARACTERS),
        "target_id": text(target_id, TARGET_ID_MAX_CHARACTERS) if target_id is not None else "",
        "target_label": text(target_label, LABEL_MAX_CHARACTERS),
        "request_id": context.request_id,
        "address": _address(context.address),
        "metadata": clean(more),
    }
    return {**row, "digest": digest_of(row)}


def _organisation(schema: str) -> tuple[UUID | None, str]:
    """Id and slug of a schema's organisation; the platform and what is being made have none."""
    context = current_context()
    if schema == get_public_schema_name():
        return None, ""
    if schema == context.schema and context.tenant_id is not None:
        return context.tenant_id, context.tenant_slug or ""
    found = import_string(settings.TENANT_DIRECTORY)(schema)
    return (found.id, found.slug) if found else (None, "")


def _address(raw: str | None) -> str:
    """The caller's address when it is one; a forged or unknown one is left out."""
    try:
        return str(ip_address((raw or "").partition("%")[0]))
    except ValueError:
        return ""


def _insert(connection: Any, schema: str, row: Mapping[str, Any]) -> None:
    """One row into the record of `schema`, whatever the connection's search path is."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(schema, SecurityEvent._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS),
        sql.SQL(", ").join(sql.Placeholder() for _name in COLUMNS),
    )
    values = [Jsonb(row[name]) if name == "metadata" else row[name] for name in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _within_transaction(connection: Any) -> bool:
    """Whether what is written now may be rolled back; the transaction that a test runs in does not count."""
    blocks = connection.atomic_blocks
    return bool(connection.in_atomic_block and blocks and not blocks[-1]._from_testcase)  # noqa: SLF001  (as `durable`)


def _not_written(action: str, error: Exception) -> None:
    audit_failures_total.inc()
    log.error("audit_event_not_written", action=action, error=type(error).__name__, exc_info=error)
