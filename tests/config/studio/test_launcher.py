"""The launcher keeps its servers alive and leaves none behind."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from config.studio.discovery import running_services
from config.studio.identity import leash_command
from config.studio.places import REPOSITORY, Places
from config.studio.ports import port_is_free
from config.studio.postgres import Postgres
from config.studio.secret_file import load_secrets
from config.studio.valkey import Valkey
from tests.config.studio.conftest import Launcher, postgres_pid, processes_of
from tests.config.studio.waiting import wait_until

pytestmark = pytest.mark.studio

Start = Callable[..., Launcher]

KILL_TIMEOUT_SECONDS = 10


@pytest.fixture
def launcher(start_launcher: Start, data_dir: Path, made_data_dir: Path) -> Launcher:
    """A launcher of the two servers alone, in a data directory that was used before."""
    shutil.copytree(made_data_dir, data_dir)
    started = start_launcher("--only", "servers")
    started.wait_ready()
    return started


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def write_word(data_dir: Path) -> None:
    services = running_services(data_dir)
    assert services is not None
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'novella' AS word")
    client = redis.Redis.from_url(services.redis_url)
    client.set("kept", "novella")
    assert client.execute_command("WAITAOF", 1, 0, 5000)[0] == 1


def postgres_is_up(data_dir: Path) -> bool:
    """A server that recovers listens already, and refuses."""
    services = running_services(data_dir)
    try:
        psycopg.connect(services.database_url if services else "port=1 host=127.0.0.1").close()
    except psycopg.OperationalError:
        return False
    return True


def read_words(data_dir: Path) -> tuple[object, object]:
    services = running_services(data_dir)
    assert services is not None
    with psycopg.connect(services.database_url) as connection:
        row = connection.execute("SELECT word FROM kept").fetchone()
    return row, redis.Redis.from_url(services.redis_url).get("kept")


def test_killed_postgres_is_started_again_with_its_data(launcher: Launcher, data_dir: Path) -> None:
    write_word(data_dir)
    before, killed = running_services(data_dir), postgres_pid(data_dir)

    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: "postgres ended (killed by SIGKILL)" in launcher.output, seconds=10)
    wait_until(lambda: postgres_is_up(data_dir), seconds=20)

    assert postgres_pid(data_dir) != killed
    assert read_words(data_dir) == (("novella",), b"novella")
    assert running_services(data_dir) == before


def test_restarted_postgres_keeps_its_address_though_its_port_is_taken_for_a_while(
    launcher: Launcher, data_dir: Path
) -> None:
    before = running_services(data_dir)
    assert before is not None
    port = urlsplit(before.database_url).port

    os.kill(postgres_pid(data_dir), signal.SIGKILL)
    wait_until(lambda: port_is_free(port), seconds=5)
    with socket.create_server(("127.0.0.1", port)):
        wait_until(lambda: launcher.output.count("postgres ended") == 2, seconds=10)
    wait_until(lambda: postgres_is_up(data_dir), seconds=20)

    assert running_services(data_dir) == before


def test_killed_valkey_is_started_again_with_its_data(launcher: Launcher, data_dir: Path) -> None:
    write_word(data_dir)

    launcher.child("valkey-server").kill()
    wait_until(lambda: "valkey ended (killed by SIGKILL)" in launcher.output, seconds=10)
    wait_until(lambda: running_services(data_dir), seconds=20)

    assert read_words(data_dir) == (("novella",), b"novella")


def test_killed_guardian_is_replaced(launcher: Launcher) -> None:
    first = launcher.guardian()

    first.kill()
    wait_until(lambda: not first.is_running(), seconds=5)
    wait_until(lambda: any(guardian.pid != first.pid for guardian in launcher.guardians()), seconds=5)

    launcher.process.kill()  # the new one knows what the old one knew
    launcher.process.wait()
    wait_until(lambda: not processes_of(launcher.data_dir), seconds=KILL_TIMEOUT_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_launcher_stops_in_order_when_asked(launcher: Launcher, data_dir: Path, number: int) -> None:
    exit_code = launcher.stop(number)

    assert exit_code == 0
    assert processes_of(data_dir) == []
    assert not Places(data_dir).state.exists()
    assert "database system is shut down" in (data_dir / "log" / "postgres.log").read_text()


@pytest.mark.parametrize("guardian_too", [False, True], ids=["launcher", "launcher-and-guardian"])
def test_killed_launcher_leaves_nothing_and_the_next_finds_the_data(
    launcher: Launcher, data_dir: Path, start_launcher: Start, guardian_too: bool
) -> None:
    write_word(data_dir)
    victims = [launcher.guardian()] if guardian_too else []

    for victim in victims:
        victim.kill()
    launcher.process.kill()
    launcher.process.wait()
    wait_until(lambda: not processes_of(data_dir), seconds=KILL_TIMEOUT_SECONDS)

    assert Places(data_dir).state.exists()  # nobody was there to remove it
    assert running_services(data_dir) is None  # and nobody believes it
    start_launcher("--only", "servers").wait_ready()
    assert read_words(data_dir) == (("novella",), b"novella")


def test_second_launcher_in_the_same_directory_is_refused(
    launcher: Launcher, data_dir: Path, start_launcher: Start
) -> None:
    second = start_launcher("--only", "servers")

    assert second.process.wait(20) == 2
    assert (
        f"studio: The data directory {data_dir} is in use by another launcher (process {launcher.process.pid}): stop "
        "that one, or set STUDIO_DATA_DIR to another directory.\n"
    ) in second.output
    assert running_services(data_dir) is not None


def test_second_studio_beside_the_first_takes_other_ports(
    launcher: Launcher, data_dir: Path, start_launcher: Start
) -> None:
    neighbour = data_dir.with_name("neighbour")
    start_launcher("--only", "servers", in_dir=neighbour).wait_ready()

    first, second = running_services(data_dir), running_services(neighbour)

    assert first is not None
    assert second is not None
    assert first.database_url != second.database_url
    assert first.redis_url != second.redis_url


def test_neighbour_that_took_the_port_first_is_not_mistaken_for_our_own_server(
    launcher: Launcher, data_dir: Path, made_data_dir: Path
) -> None:
    """Both saw the port free; the other listens there, and ours has not found out yet."""
    neighbour = running_services(data_dir)
    assert neighbour is not None
    late = data_dir.with_name("late")
    shutil.copytree(made_data_dir, late)
    (late / "secrets.json").unlink()
    server = Postgres(Places(late), load_secrets(late))
    server.port = urlsplit(neighbour.database_url).port or 0

    assert server.ready(os.getpid()) is False


def test_demanded_port_that_is_taken_is_refused(start_launcher: Start, taken_port: int) -> None:
    launcher = start_launcher("--only", "servers", STUDIO_PORT=str(taken_port))

    assert launcher.process.wait(20) == 2
    assert launcher.output == (
        f"studio: Port {taken_port} is taken on 127.0.0.1 or not allowed to this user: stop what listens there, or set "
        "STUDIO_PORT to another.\n"
    )


@contextlib.contextmanager
def left_running(server: Postgres | Valkey) -> Iterator[subprocess.Popen[bytes]]:
    """A server that no launcher owns, as one that was killed together with its guardian may leave."""
    program = server.program()
    with program.log_path.open("ab") as log:
        process = subprocess.Popen(
            leash_command(program.command, orphan_signal=signal.SIGKILL, identity=program.identity),
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: server.ready(process.pid), seconds=20)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_server_that_nobody_owns_is_ended_before_another_starts_in_its_directory(
    kind: type[Postgres | Valkey], data_dir: Path, made_data_dir: Path, start_launcher: Start
) -> None:
    shutil.copytree(made_data_dir, data_dir)

    with left_running(kind(Places(data_dir), load_secrets(data_dir))) as process:
        start_launcher("--only", "servers").wait_ready()

        assert process.wait(10) == 0


def test_pid_file_whose_number_belongs_to_somebody_else_by_now_is_passed_over(
    data_dir: Path, made_data_dir: Path, start_launcher: Start
) -> None:
    shutil.copytree(made_data_dir, data_dir)
    pid_file = Places(data_dir).postgres / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{Places(data_dir).postgres}\n1700000000\n15432\n\n127.0.0.1\n\nready\n")

    start_launcher("--only", "servers").wait_ready()

    assert postgres_pid(data_dir) != os.getpid()


def test_killed_launcher_takes_the_children_of_its_programs_with_it(tmp_path: Path) -> None:
    """The kernel ends a program with its launcher; what the program started is the guardian's."""
    program = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    script = (
        "import sys; from pathlib import Path; from signal import SIGKILL\n"
        "from config.studio.console import Console; from config.studio.program import Program\n"
        "from config.studio.supervisor import Supervisor\n"
        "with Supervisor(Console()) as supervisor:\n"
        f"    command, log = (sys.executable, '-c', {program!r}), Path({str(tmp_path)!r}) / 'log'\n"
        "    supervisor.start(lambda: Program('parent', command, log,"
        " orphan_signal=SIGKILL))\n"
        "    supervisor.wait_until(lambda: False, timeout_seconds=60)\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    log = tmp_path / "log"
    wait_until(lambda: log.exists() and log.read_text().endswith("\n"), seconds=20)
    grandchild = psutil.Process(int(log.read_text()))

    launcher.kill()
    launcher.wait()

    wait_until(
        lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE, seconds=KILL_TIMEOUT_SECONDS
    )
