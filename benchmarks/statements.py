"""SQL statements as the server sees them: everything that a process sends, whatever its libraries hide."""

import re
from collections.abc import Callable, Container

import psycopg
from django.conf import settings

from config.studio.places import places_from_environment
from config.studio.postgres import SUPERUSER
from config.studio.secret_file import load_secrets

_LINE = re.compile(r"^\S+ \S+ \S+ \[(\d+)\] LOG:  (?:statement|execute [^:]*): (.*)", re.MULTILINE)


def statements_of(application: str, do: Callable[[], None]) -> list[str]:
    """The statements that connections named `application` executed while `do` ran, in order, first lines only."""
    log = places_from_environment().log / "postgres.log"
    with _superuser() as connection:
        _log_everything(connection, on=True)
        began = log.stat().st_size
        try:
            do()
            backends = {
                pid
                for (pid,) in connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application]
                )
            }
        finally:
            _log_everything(connection, on=False)
    with log.open("rb") as stream:
        stream.seek(began)
        text = stream.read().decode("utf-8", "replace")
    return statements_in(text, backends)


def statements_in(log: str, backends: Container[int]) -> list[str]:
    """The first line of each statement that one of `backends` (process ids) wrote into PostgreSQL's log."""
    return [statement for pid, statement in _LINE.findall(log) if int(pid) in backends]


def _superuser() -> psycopg.Connection:
    secrets = load_secrets(places_from_environment().data_dir)
    database = settings.DATABASES["default"]
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        dbname=database["NAME"],
        user=SUPERUSER,
        password=secrets.postgres_password,
        autocommit=True,
    )


def _log_everything(connection: psycopg.Connection, *, on: bool) -> None:
    """Switch the log of statements for every session; a session takes notice before its next statement."""
    connection.execute(f"ALTER SYSTEM SET log_statement = '{'all' if on else 'none'}'")
    connection.execute("SELECT pg_reload_conf()")
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as other:
        deadline_tries = 200
        for _ in range(deadline_tries):
            (now,) = other.execute("SHOW log_statement").fetchone() or ("",)
            if now == ("all" if on else "none"):
                return
            other.execute("SELECT pg_sleep(0.01)")
    raise RuntimeError("PostgreSQL did not take the new log_statement within 2 s")
