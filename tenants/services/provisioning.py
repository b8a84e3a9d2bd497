"""Making and dropping an organisation's schema."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from django.db import OperationalError, transaction
from django.db import connection as _connection
from psycopg import errors as pg
from psycopg import sql

from tenants.constants import TEMPLATE_SCHEMA
from tenants.exceptions import OrganisationsNotReady, ProvisioningBusy
from tenants.models import SchemaDump
from tenants.services.provisioning_dump import FORMAT, schema_as_sql

log = structlog.get_logger(__name__)

# Django's stubs do not know what django-tenants adds to a connection.
connection: Any = _connection
T = TypeVar("T")

# The whole database's, on purpose: foreign keys to people lock the table of people, and two transactions that wrote
# people before they ask for that lock would wait for each other.
PROVISIONING_LOCK = 5_100_722_411_018
# While a lock is waited for, everybody who writes people queues behind: give up soon, come back later.
LOCK_TIMEOUT = "2s"
LOCK_ATTEMPTS = 4

DUMPS = sql.Identifier("public", SchemaDump._meta.db_table)
SCRATCH_SCHEMA = "template_organisation_copy"
STATE = sql.SQL("""
    SELECT (SELECT array_agg(app || '.' || name ORDER BY app, name) FROM {template}.django_migrations),
           ARRAY(SELECT app || '.' || name FROM public.django_migrations
                 EXCEPT SELECT app || '.' || name FROM {template}.django_migrations),
           current_setting('server_version_num')
""").format(template=sql.Identifier(TEMPLATE_SCHEMA))


def schema_name_new() -> str:
    """A name for a new organisation's schema: never derived from its slug, never used again."""
    return f"org_{secrets.token_hex(8)}"


def provisioning_wait(cursor: Any) -> None:
    """Wait until no organisation is being made or dropped, and keep it so until this transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PROVISIONING_LOCK])


def schema_provision(schema_name: str) -> None:
    """Make a schema like the template, inside the caller's transaction.

    Raises:
        OrganisationsNotReady: when there is no template, or one that is behind the public schema.
        SchemaNotCopied: when the template holds what can't be copied.
    """
    with _search_path(TEMPLATE_SCHEMA) as cursor:
        provisioning_wait(cursor)
        dump = _present_dump(cursor)
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema_name)))
        cursor.execute(_only(schema_name))
        cursor.execute(dump)


def schema_drop(schema_name: str) -> None:
    """Drop an organisation's schema with all it holds, inside the caller's transaction; it may be gone already."""
    with _search_path("public") as cursor:
        provisioning_wait(cursor)
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema_name)))


def dump_refresh() -> bool:
    """Make the cached dump anew when the template has changed; whether it had.

    Raises:
        OrganisationsNotReady: when there is no template.
    """
    with transaction.atomic(), _search_path(TEMPLATE_SCHEMA) as cursor:
        provisioning_wait(cursor)
        key = _key(cursor, behind_is_fine=True)
        if _cached(cursor, key) is not None:
            return False
        text = _store(cursor, key, schema_as_sql(cursor, TEMPLATE_SCHEMA))
        if different := _differences(cursor, text):
            log.warning("schema_copy_differs", statements=different)
        return True


def when_not_busy(work: Callable[[], T]) -> T:
    """What `work` returns, done in a transaction of its own and again when a lock was not given or the two deadlocked.

    Inside another transaction it is done once, since only the whole could be repeated.

    Raises:
        ProvisioningBusy: when every attempt had to wait too long.
    """
    attempts = 1 if connection.in_atomic_block else LOCK_ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, (pg.LockNotAvailable, pg.DeadlockDetected)):
                raise
            log.warning("provisioning_waits", attempt=attempt, reason=str(error).strip())
    raise ProvisioningBusy


@contextmanager
def _search_path(schema_name: str) -> Iterator[Any]:
    """A cursor that sees one schema and PostgreSQL's own, until the block or the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_only(schema_name))
        try:
            yield cursor
        finally:
            connection.set_tenant(connection.tenant)  # the path is set anew with the next statement


def _only(schema_name: str) -> sql.Composed:
    return sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema_name))


def _differences(cursor: Any, text: str) -> list[str]:
    """What a copy would say of itself otherwise than the template does: expressions that PostgreSQL prints anew."""
    savepoint = transaction.savepoint()
    cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCRATCH_SCHEMA)))
    cursor.execute(_only(SCRATCH_SCHEMA))
    cursor.execute(text)
    copied = schema_as_sql(cursor, SCRATCH_SCHEMA)
    transaction.savepoint_rollback(savepoint)
    return sorted(set(copied.split(";\n")) - set(text.split(";\n")))


def _key(cursor: Any, *, behind_is_fine: bool = False) -> str:
    """The digest of everything that the dump depends on."""
    cursor.execute("SELECT to_regclass(%s)", [f"{TEMPLATE_SCHEMA}.django_migrations"])
    if cursor.fetchone() == (None,):
        raise OrganisationsNotReady
    cursor.execute(STATE)
    recorded, missing, version = cursor.fetchone()
    if not recorded or (missing and not behind_is_fine):
        raise OrganisationsNotReady(details={"missing": missing})
    return hashlib.sha256("\n".join([FORMAT, version, *recorded]).encode()).hexdigest()


def _present_dump(cursor: Any) -> str:
    key = _key(cursor)
    return _cached(cursor, key) or _store(cursor, key, schema_as_sql(cursor, TEMPLATE_SCHEMA))


def _cached(cursor: Any, key: str) -> str | None:
    cursor.execute(sql.SQL("SELECT sql FROM {} WHERE key = %s").format(DUMPS), [key])
    row = cursor.fetchone()
    return str(row[0]) if row else None


def _store(cursor: Any, key: str, text: str) -> str:
    """Keep this dump and no other. The provisioning lock is held, so nobody else stores one."""
    cursor.execute(sql.SQL("DELETE FROM {}").format(DUMPS))
    cursor.execute(sql.SQL("INSERT INTO {} (key, sql, created_at) VALUES (%s, %s, now())").format(DUMPS), [key, text])
    return text
