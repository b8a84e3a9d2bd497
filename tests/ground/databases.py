"""The tests' databases: one template per state of the migrations, copied for each worker (migrating takes seconds)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from config.studio.migration import migrations_digest

SETUP_LOCK = 7_318_008_114_402
MAINTENANCE_DATABASES = ("postgres", "template1")


@contextmanager
def maintenance(settings_dict: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection beside every test database, in autocommit."""
    problem: psycopg.OperationalError | None = None
    for name in MAINTENANCE_DATABASES:
        try:
            connection = psycopg.connect(
                host=settings_dict["HOST"],
                port=settings_dict["PORT"],
                user=settings_dict["USER"],
                password=settings_dict["PASSWORD"],
                dbname=name,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            problem = error
            continue
        with connection:
            yield connection
        return
    raise AssertionError(f"none of {MAINTENANCE_DATABASES} lets us in") from problem


def database_exists(connection: psycopg.Connection[Any], name: str) -> bool:
    """Whether there is a database of this name."""
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def drop_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop one of our own test databases, whoever of ours is connected.

    Not `WITH (FORCE)`: that fails for want of a privilege when autovacuum happens to be in it.
    """
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user", [name]
    )
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def copy_database(connection: psycopg.Connection[Any], source: str, name: str) -> None:
    """Make `name` from `source`, by copying its files: quicker than logging every page."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))


def point_to(name: str) -> None:
    """Let Django's default connection use this database from now on."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = name
    connections.settings["default"]["NAME"] = name


def template_name(base: str) -> str:
    """The template database of the present migrations; an older state's is another name."""
    return f"test_{base}_ground_{migrations_digest()[:12]}"


def worker_name(base: str, worker: str, run: str) -> str:
    """The database of one worker; `run` is empty when it is kept between runs."""
    return "_".join(part for part in ("test", base, run, worker) if part)
