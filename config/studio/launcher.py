"""The launcher's two errands: run the studio, or run one command beside the two servers."""

import time
from collections.abc import Mapping, Sequence

from config.studio.discovery import Services, publish, withdraw
from config.studio.errors import StudioRefused
from config.studio.secret_file import load_secrets
from config.studio.places import Places
from config.studio.postgres import Postgres
from config.studio.program import Child
from config.studio.server import Server
from config.studio.supervisor import Supervisor
from config.studio.valkey import Valkey

START_TIMEOUT_SECONDS = 90.0  # a crash recovery may take its time
RETRY_SECONDS = 15.0  # how long a start is tried again after a failure that passes


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


def _await_server(supervisor: Supervisor, server: Server, child: Child) -> None:
    """Wait until a server answers; a failure that passes is tried again for a while."""

    def answers_or_failed() -> bool:
        if child.running:
            return server.ready()
        last_words = child.last_words()
        tried_seconds = time.monotonic() - began
        if not server.passing(last_words) or tried_seconds > RETRY_SECONDS:
            raise StudioRefused(f"{server.name} does not start. Its log ({child.program.log_path}) ends:\n{last_words}")
        return False

    began = time.monotonic()
    if not supervisor.wait_until(answers_or_failed, timeout_seconds=START_TIMEOUT_SECONDS):
        raise StudioRefused(
            f"{server.name} did not answer within {START_TIMEOUT_SECONDS:g} s; see {child.program.log_path}."
        )
    server.settle()
