"""The launcher's two errands: run the studio, or run one command beside the two servers."""

import http.client
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from config.env import Environment
from config.studio.console import Console
from config.studio.discovery import Services, publish, withdraw
from config.studio.errors import StudioRefused
from config.studio.migration import is_migrated, remember_migrated
from config.studio.own_servers import check_own_servers
from config.studio.places import REPOSITORY, Places
from config.studio.ports import LOOPBACK, WEB_PORT, free_port, port_is_free
from config.studio.postgres import Postgres
from config.studio.program import Child, exit_in_words
from config.studio.programs import Process, Stage, processes
from config.studio.secret_file import load_secrets
from config.studio.server import Server
from config.studio.supervisor import Supervisor
from config.studio.valkey import Valkey

SERVER_TIMEOUT_SECONDS = 90.0  # a crash recovery may take its time
RETRY_SECONDS = 15.0  # how long a start is tried again after a failure that passes
PAUSE_SECONDS = 0.5  # between two tries
WEB_TIMEOUT_SECONDS = 60.0
WEB_WANTED_STATUS = range(200, 500)

MANAGE = (sys.executable, str(REPOSITORY / "manage.py"))


@dataclass(frozen=True)
class Wishes:
    """What the person asked for on the command line."""

    port: int | None = None  # None: WEB_PORT, or a free one when it is taken
    only: Collection[str] = ()  # names of processes; `servers` for none; empty for all
    demo: bool = False


def start_servers(supervisor: Supervisor, places: Places, *, fast: bool) -> Mapping[str, str]:
    """Start PostgreSQL and Valkey side by side, wait for both, and publish where they are.

    Returns:
        The environment variables that name them.

    Raises:
        StudioRefused: when one does not start.
    """
    secrets = load_secrets(places.data_dir)
    servers: list[Server] = [Valkey(places, secrets, fast=fast), Postgres(places, secrets, fast=fast)]
    started = []
    for server in servers:
        server.prepare()
        started.append((server, supervisor.start(server.program)))
    for server, child in started:
        _await_server(supervisor, server, child)
    variables = {name: value for server in servers for name, value in server.environment().items()}
    publish(places, Services(variables["DATABASE_URL"], variables["REDIS_URL"]))
    return {**variables, "STUDIO_DATA_DIR": str(places.data_dir)}


def run_beside_servers(supervisor: Supervisor, places: Places, command: Sequence[str], *, fast: bool) -> int:
    """Start the two servers, run one command in the foreground, stop the servers.

    Returns:
        The command's exit code; 128 and the signal's number when a signal ended it, as shells count.
    """
    variables = start_servers(supervisor, places, fast=fast)
    try:
        return supervisor.run_foreground(command, variables)
    finally:
        withdraw(places)


def run_studio(supervisor: Supervisor, places: Places, env: Environment, wishes: Wishes) -> int:
    """Start everything, say where it is, and keep it running until somebody asks to stop.

    Returns:
        An exit code other than 0 when a step before "ready" failed.

    Raises:
        StudioRefused: when something can't start as asked.
        StopRequested: when it is time to stop.
    """
    began = time.monotonic()
    web_port = _choose_port(wishes.port)
    embedded = not env.DATABASE_URL
    try:
        if embedded:
            variables = start_servers(supervisor, places, fast=False)
        else:
            check_own_servers(env)
            variables = {"STUDIO_DATA_DIR": str(places.data_dir)}
        variables = {
            **variables,
            "STUDIO_PORT": str(web_port),
            "PUBLIC_PORT": str(env.PUBLIC_PORT or web_port),
            "PROMETHEUS_MULTIPROC_DIR": str(_fresh_metrics(Path(env.PROMETHEUS_MULTIPROC_DIR or places.metrics))),
        }
        wanted = [process for process in processes(env) if not wishes.only or process.name in wishes.only]
        if wanted and (failure := _migrate(supervisor, places, variables, embedded=embedded)) != 0:
            return failure
        _start_processes(supervisor, wanted, Stage(env, places, web_port), variables)
        if embedded:
            publish(places, Services(variables["DATABASE_URL"], variables["REDIS_URL"], web_port))
        has_web = any(process.name == "web" for process in wanted)
        _say_ready(supervisor.console, places, web_port if has_web else None, seconds=time.monotonic() - began)
        if wishes.demo and (failure := _demonstrate(supervisor, variables)) != 0:
            return failure
        while True:
            supervisor.pump(timeout_seconds=1.0)
    finally:
        withdraw(places)


def _fresh_metrics(directory: Path) -> Path:
    """The directory without the figures of an earlier run, which would be counted again."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in directory.glob("*.db"):
        file.unlink(missing_ok=True)
    return directory


def _choose_port(demanded: int | None) -> int:
    if demanded is None:
        return free_port(WEB_PORT)
    if not port_is_free(demanded):
        raise StudioRefused(
            f"Port {demanded} is taken on {LOOPBACK} or not allowed to this user: "
            f"stop what listens there, or set STUDIO_PORT to another."
        )
    return demanded


def _await_server(supervisor: Supervisor, server: Server, child: Child) -> None:
    """Wait until a server answers; a failure that passes is tried again for a while."""
    began = time.monotonic()

    def answers_or_failed() -> bool:
        if child.running and child.process is not None:
            return server.ready(child.process.pid)
        last_words = child.last_words()
        if not server.passing(last_words) or time.monotonic() - began > RETRY_SECONDS:
            raise StudioRefused(f"{server.name} does not start. Its log ({child.program.log_path}) ends:\n{last_words}")
        child.try_again(after_seconds=PAUSE_SECONDS)
        return False

    if not supervisor.wait_until(answers_or_failed, timeout_seconds=SERVER_TIMEOUT_SECONDS):
        raise StudioRefused(
            f"{server.name} did not answer within {SERVER_TIMEOUT_SECONDS:g} s; see {child.program.log_path}."
        )
    server.settle()
    child.restart = True


def _migrate(supervisor: Supervisor, places: Places, variables: Mapping[str, str], *, embedded: bool) -> int:
    """Bring every schema up to date, unless this cluster says that it is."""
    if embedded and is_migrated(places):
        return 0
    supervisor.console.say("migrating the database")
    exit_code = supervisor.run_foreground((*MANAGE, "migrate_organisations"), variables)
    supervisor.pump(0)  # somebody may have asked to stop meanwhile
    if exit_code == 0 and embedded:
        remember_migrated(places)
    if exit_code != 0:
        supervisor.console.say(f"migrating failed ({exit_in_words(exit_code)}); nothing else was started")
    return exit_code


def _start_processes(
    supervisor: Supervisor, wanted: Sequence[Process], stage: Stage, variables: Mapping[str, str]
) -> None:
    """Start processes of the table together and wait for the web to answer."""
    children = [supervisor.start(partial(process.program, stage, variables)) for process in wanted]

    def up() -> bool:
        for child in children:
            if not child.running:
                raise StudioRefused(f"{child.program.name} does not start; its last lines:\n{child.last_words(20)}")
        return _web_answers(stage.web_port) or "web" not in {process.name for process in wanted}

    if not supervisor.wait_until(up, timeout_seconds=WEB_TIMEOUT_SECONDS):
        raise StudioRefused(f"web did not answer within {WEB_TIMEOUT_SECONDS:g} s; see {stage.places.log}.")
    for child in children:
        child.restart = True


def _web_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status in WEB_WANTED_STATUS
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say_ready(console: Console, places: Places, web_port: int | None, *, seconds: float) -> None:
    addresses = {
        "Studio": f"http://localhost:{web_port}/",
        "Admin": f"http://localhost:{web_port}/admin/",
        "API": f"http://localhost:{web_port}/api/docs",
        "Organisations": f"http://<slug>.localhost:{web_port}/",
    }
    rows = {
        **(addresses if web_port else {}),
        "Data": str(places.data_dir),
        "Mail": str(places.mail),
        "Logs": str(places.log),
        "Stop": "Ctrl-C",
    }
    console.plain(f"\nNovellaForge is ready ({seconds:.1f} s).")
    for name, value in rows.items():
        console.plain(f"  {name:<14} {value}")
    console.plain()


def _demonstrate(supervisor: Supervisor, variables: Mapping[str, str]) -> int:
    """Run the demo in this terminal; the processes' lines go to their logs alone meanwhile."""
    with supervisor.console.quiet():
        exit_code = supervisor.run_foreground((*MANAGE, "demo"), variables)
    supervisor.pump(0)
    if exit_code != 0:
        supervisor.console.say(f"the demo failed ({exit_in_words(exit_code)}); the studio stops")
    else:
        supervisor.console.say("the studio stays until you press Ctrl-C")
    return exit_code
