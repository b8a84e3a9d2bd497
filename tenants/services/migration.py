"""Bringing every schema up to date: public, the template, each organisation. A failure does not stop the others."""

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.db import connection as _connection
from django.db.models import F
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name, schema_exists
from psycopg import errors as pg
from psycopg import sql

from tenants.choices import SchemaState
from tenants.constants import TEMPLATE_SCHEMA
from tenants.exceptions import SchemaMissing
from tenants.models import SchemaStatus
from tenants.selectors.migrations import Pending, pending_of, tenant_schemas
from tenants.services.provisioning import dump_refresh, provisioning_wait

log = structlog.get_logger(__name__)

connection: Any = _connection

MIGRATION_LOCK = 5_100_722_411_019
LOCK_TIMEOUT_SECONDS = 2
LOCK_ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.5

FIRST = (get_public_schema_name(), TEMPLATE_SCHEMA)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one schema's migration ended; `error` is empty when it succeeded."""

    schema_name: str
    seconds: float
    error: str = ""


@dataclass(slots=True)
class Summary:
    """How all of it ended. `current` counts the schemas that had nothing to do."""

    current: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    dump_renewed: bool = False

    @property
    def failed(self) -> list[Outcome]:
        """Those that did not succeed."""
        return [outcome for outcome in self.outcomes if outcome.error]


def migrations_pending(*, only_failed: bool = False) -> list[Pending]:
    """The schemas that lack migrations, public and template first; with `only_failed` those that failed last time."""
    if not _has_tables():
        return pending_of(list(FIRST))
    tenants = tenant_schemas()
    if only_failed:
        failed = set(SchemaStatus.objects.filter(state=SchemaState.FAILED).values_list("schema_name", flat=True))
        tenants = [name for name in tenants if name in failed]
    return pending_of([*FIRST, *tenants])


def organisations_migrate(*, jobs: int = 1, only_failed: bool = False, say: Say = log.info) -> Summary:
    """Migrate what lacks migrations: public, then the template, then organisations, `jobs` of them at a time.

    When public or the template fails, organisations are left as they are: they belong to the older state together.
    """
    with _alone(say):
        connection.set_schema_to_public()
        summary = Summary()
        pending = migrations_pending(only_failed=only_failed)
        first = [item for item in pending if item.schema_name in FIRST]
        for item in first:
            if not _step(summary, [item.schema_name], 1, say):
                return summary
        if first:
            with transaction.atomic(), connection.cursor() as cursor:
                provisioning_wait(cursor)  # organisations being made from the older template are counted in below
            pending = migrations_pending(only_failed=only_failed)
        summary.dump_renewed = dump_refresh()
        _step(summary, [item.schema_name for item in pending if item.schema_name not in FIRST], jobs, say)
        summary.current = len(FIRST) + len(tenant_schemas()) - len(summary.outcomes)
        _note_current(summary)
        return summary


def _step(summary: Summary, schemas: list[str], jobs: int, say: Say) -> bool:
    """Migrate these schemas; whether all succeeded."""
    fine = True
    for number, outcome in enumerate(_run(schemas, jobs), start=1):
        summary.outcomes.append(outcome)
        _note(outcome)
        fine = fine and not outcome.error
        result = f"failed: {outcome.error}" if outcome.error else "migrated"
        say(f"[{number}/{len(schemas)}] {outcome.schema_name} {result} ({outcome.seconds:.1f} s)")
    return fine


def _run(schemas: list[str], jobs: int) -> Iterable[Outcome]:
    """The outcomes as they come. Several at a time are processes: migrating is work for the processor."""
    if jobs <= 1 or len(schemas) <= 1:
        yield from map(schema_migrate, schemas)
        return
    connections.close_all()
    with ProcessPoolExecutor(min(jobs, len(schemas)), multiprocessing.get_context("fork")) as pool:
        futures = {pool.submit(schema_migrate, name): name for name in schemas}
        for future in as_completed(futures):
            problem = future.exception()
            yield Outcome(futures[future], 0.0, _sentence(problem)) if problem else future.result()


def schema_migrate(schema_name: str) -> Outcome:
    """Migrate one schema, again when a lock was not given; what goes wrong is in the outcome, never raised."""
    started = time.monotonic()
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            _migrate(schema_name)
        except OperationalError as error:
            if isinstance(error.__cause__, (pg.LockNotAvailable, pg.DeadlockDetected)) and attempt < LOCK_ATTEMPTS:
                log.warning("migration_waits", schema=schema_name, attempt=attempt)
                time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
                continue
            return _failed(schema_name, started, error)
        except Exception as error:  # noqa: BLE001  (a migration may raise anything; the other schemas go on)
            return _failed(schema_name, started, error)
        break
    return Outcome(schema_name, time.monotonic() - started)


def _migrate(schema_name: str) -> None:
    """Run Django's own `migrate` inside one schema, on a connection of its own that gives up waiting for locks.

    Raises:
        SchemaMissing: when an organisation has lost its schema. An empty one in its place would hide the loss.
    """
    _fresh_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_TIMEOUT_SECONDS}s"])
        if schema_name == TEMPLATE_SCHEMA:
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema_name)))
    if not schema_exists(schema_name):
        raise SchemaMissing(_("The schema %(schema)s is missing.") % {"schema": schema_name})
    try:
        call_command("migrate_schemas", schema_name=schema_name, interactive=False, verbosity=0)
    finally:
        _fresh_connection()


def _fresh_connection() -> None:
    """Begin anew, outside of any transaction and in public.

    Closing is not enough: statements that Django defers to the end of a migration fail after it has forgotten to roll
    back (`BaseDatabaseSchemaEditor.__exit__`), and the old object would believe for ever to be in a transaction.
    """
    connection.close()
    del connections[DEFAULT_DB_ALIAS]


def _failed(schema_name: str, started: float, error: BaseException) -> Outcome:
    log.error("migration_failed", schema=schema_name, exc_info=error)
    return Outcome(schema_name, time.monotonic() - started, _sentence(error))


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _has_tables() -> bool:
    """Whether the public schema was migrated far enough to know its organisations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s)",
            [get_public_schema_name(), ["tenants_tenant", SchemaStatus._meta.db_table]],
        )
        return bool(cursor.fetchone() == (2,))


def _note(outcome: Outcome) -> None:
    """Keep how it ended. While public itself can't be migrated there may be no table for it; the log has it."""
    if not _has_tables():
        return
    state = SchemaState.FAILED if outcome.error else SchemaState.CURRENT
    row, _new = SchemaStatus.objects.get_or_create(schema_name=outcome.schema_name, defaults={"state": state})
    row.state, row.error = state, outcome.error
    row.attempts = F("attempts") + 1
    row.save()


def _note_current(summary: Summary) -> None:
    """Schemas that were made up to date elsewhere, or new from the template, are no failures any more."""
    failed = [outcome.schema_name for outcome in summary.failed]
    stale = SchemaStatus.objects.filter(state=SchemaState.FAILED).exclude(schema_name__in=failed)
    lacking = {item.schema_name for item in pending_of(list(stale.values_list("schema_name", flat=True)))}
    stale.exclude(schema_name__in=lacking).update(state=SchemaState.CURRENT, error="")


@contextmanager
def _alone(say: Say) -> Iterator[None]:
    """One migration at a time in this database: a second one waits, and then finds nothing to do."""
    keeper: Any = connection.copy()
    try:
        with keeper.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK])
            if cursor.fetchone() != (True,):
                say("another migration is running; waiting for it")
                cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            yield
    finally:
        keeper.close()  # ends the lock: it belongs to this one connection, which no pool keeps
