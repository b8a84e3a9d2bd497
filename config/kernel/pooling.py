"""Is there a pooler between us and PostgreSQL that gives the same server connection to several clients at once?

Each connection of ours stands in one organisation's schema (`search_path`). Behind a pooler in transaction or statement
mode that setting follows the server's connection to whoever gets it next: one organisation would read another's rows.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

ROUNDS = 20
CONNECT_TIMEOUT_SECONDS = 10

REFUSAL = (
    "DATABASE_URL leads to a pooler that shares server connections between clients (PgBouncer in transaction or "
    "statement mode). Expected PostgreSQL itself, or a pooler in session mode: otherwise one organisation could read "
    "another's data."
)


def shares_connections(database: Mapping[str, Any]) -> bool:
    """Whether two open connections are ever served by the same backend, or one by several.

    Takes an entry of Django's DATABASES. Without a pooler, or behind one in session mode, neither ever happens.

    Raises:
        psycopg.OperationalError: when the database can't be reached.
    """
    wanted = {
        "host": database["HOST"],
        "port": database["PORT"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "dbname": database["NAME"],
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "autocommit": True,
    }
    with psycopg.connect(**wanted) as first, psycopg.connect(**wanted) as second:
        served = [{_backend(connection) for _round in range(ROUNDS)} for connection in (first, second, first)]
    return bool(served[0] & served[1]) or len(served[0] | served[2]) > 1 or len(served[1]) > 1


def refuse_shared_connections(database: Mapping[str, Any]) -> None:
    """Stop a process that would mix organisations up.

    Raises:
        ImproperlyConfigured: behind a pooler in transaction or statement mode.
        psycopg.OperationalError: when the database can't be reached.
    """
    if shares_connections(database):
        raise ImproperlyConfigured(REFUSAL)


def _backend(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    return int(row[0]) if row else 0
