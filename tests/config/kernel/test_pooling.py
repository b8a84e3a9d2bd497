"""A pooler that would mix organisations up is found out. The real one plays itself where it is installed."""

import shutil
import socket
import subprocess

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.kernel.pooling import refuse_shared_connections, shares_connections

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
NOBODY = "nobody"


@pytest.fixture
def pooler(committing, tmp_path_factory, wait_until):
    """`pooler(mode)` starts PgBouncer before the test database and returns how to reach it."""
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed")
    running = []

    def start(mode):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        place = tmp_path_factory.mktemp("pgbouncer")
        found = connection.settings_dict
        (place / "users.txt").write_text(f'"{found["USER"]}" "x"\n')
        (place / "pgbouncer.ini").write_text(
            f"[databases]\n{found['NAME']} = host={found['HOST']} port={found['PORT']} user={found['USER']}"
            f" password={found['PASSWORD']}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"auth_type = trust\nauth_file = {place}/users.txt\npool_mode = {mode}\nunix_socket_dir =\n"
        )
        for path in (*reversed(place.parents[: len(place.parents) - 2]), place, *place.iterdir()):
            path.chmod(path.stat().st_mode | 0o555 if path.is_dir() else 0o644)
        command = [PGBOUNCER, f"--user={NOBODY}", "--quiet", str(place / "pgbouncer.ini")]
        running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        reach = {**found, "HOST": "127.0.0.1", "PORT": str(port)}
        wait_until(lambda: running[-1].poll() is None and _answers(port), what="PgBouncer")
        return reach

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def _answers(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_pooler_that_shares_connections_is_refused(pooler, mode):
    reach = pooler(mode)
    assert shares_connections(reach)
    with pytest.raises(ImproperlyConfigured, match="session mode"):
        refuse_shared_connections(reach)


def test_pooler_in_session_mode_is_fine(pooler):
    refuse_shared_connections(pooler("session"))


def test_postgresql_itself_is_fine(committing):
    refuse_shared_connections(connection.settings_dict)


def test_pooler_that_can_not_be_reached_is_no_permission(committing):
    with pytest.raises(psycopg.OperationalError):
        refuse_shared_connections({**connection.settings_dict, "PORT": "1"})
