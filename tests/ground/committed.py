"""Sweeping up after tests that commit: public tables go back to what they held, foreign schemas are dropped."""

from django.db import IntegrityError, connection, transaction
from psycopg import sql

# Rows of these are the product's own state, or keep their first rows by id.
KEPT = frozenset(
    {
        "audit_chain",  # append-only, as its events
        "audit_securityevent",
        "auth_permission",
        "django_content_type",
        "django_migrations",
        "tenants_schemadump",
        "tenants_schemastatus",
    }
)


class LeftOver(AssertionError):
    """A test that commits left the public schema otherwise than it found it."""


def public_tables() -> list[str]:
    """Every table of the public schema that holds rows of people's doing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [name for (name,) in cursor.fetchall() if name not in KEPT]


def baseline(tables: list[str]) -> dict[str, list[str]]:
    """The row identifiers (as text) that each table holds now, for those that hold any."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("SELECT t::text FROM public.{} t").format(sql.Identifier(table)))
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def schemas() -> set[str]:
    """Every schema but PostgreSQL's own."""
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'")
        return {name for (name,) in cursor.fetchall()}


def drop_schemas(names: set[str]) -> None:
    """Drop organisations' schemas."""
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


def sweep(kept: dict[str, list[str]]) -> None:
    """Delete every public row that was not there at the start, whatever points to whatever.

    Raises:
        LeftOver: when rows remain because a table that was not dropped points to them, or when shared rows changed.
    """
    waiting = public_tables()
    while waiting:
        refused = [table for table in waiting if not _emptied(table, kept.get(table, []))]
        if len(refused) == len(waiting):
            raise LeftOver(f"rows stay in {', '.join(refused)}")
        waiting = refused
    now = baseline(list(kept))
    changed = [table for table, rows in kept.items() if set(rows) != set(now[table])]
    if changed:
        raise LeftOver(f"rows that all tests share were changed in {', '.join(changed)}")


def _emptied(table: str, rows: list[str]) -> bool:
    statement = sql.SQL("DELETE FROM public.{} t WHERE t::text <> ALL(%s)").format(sql.Identifier(table))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [rows])
    except IntegrityError:
        return False
    return True
