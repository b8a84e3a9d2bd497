"""The launcher's command line, the same for `manage.py studio` and `python -m config.studio`."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from config.env import environment
from config.studio.console import Console
from config.studio.errors import REFUSED_EXIT_CODE, StudioRefused
from config.studio.launcher import Wishes, run_beside_servers, run_studio
from config.studio.ownership import LauncherLock
from config.studio.places import Places, places_from_environment
from config.studio.programs import TABLE
from config.studio.supervisor import StopRequested, Supervisor

SERVERS = "servers"


def main(arguments: Sequence[str], *, prog: str = "python -m config.studio") -> int:
    """Run the launcher; what it refuses is one sentence on standard error and exit code 2."""
    parser = argparse.ArgumentParser(prog=prog, description="Start the studio on this machine, or its servers alone.")
    add_arguments(parser)
    return execute(parser.parse_args(arguments))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the options and the `run` errand."""
    names = [SERVERS, *(process.name for process in TABLE)]
    parser.add_argument("--port", type=_port, help="the web port (default: STUDIO_PORT, or 8000, or a free one)")
    parser.add_argument("--only", action="append", choices=names, default=[], help="start no other process; repeatable")
    parser.add_argument("--no-worker", action="store_true", help="start no worker: jobs stay queued")
    parser.add_argument("--demo", action="store_true", help="run `manage.py demo` once everything is ready")
    errands = parser.add_subparsers(dest="errand", metavar="ERRAND")
    run = errands.add_parser("run", help="run one command beside PostgreSQL and Valkey, and stop them after it")
    run.add_argument("--fast", action="store_true", help="servers that may lose data on a power cut: for tests")
    run.add_argument("--fresh", action="store_true", help="in a new data directory, removed at the end")
    run.add_argument("run_command", nargs="*", metavar="COMMAND", help="after `--`: the command and its arguments")


def execute(options: argparse.Namespace) -> int:
    """Do what the parsed options ask; the exit code."""
    console = Console()
    try:
        return _run(options, console) if options.errand == "run" else _up(options, console)
    except StudioRefused as refusal:
        console.plain(f"studio: {refusal}")
        return REFUSED_EXIT_CODE


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, found {text!r}")
    return port


def _up(options: argparse.Namespace, console: Console) -> int:
    if sys.stderr.isatty():
        os.environ.setdefault("LOG_FORMAT", "console")
    if options.no_worker:
        os.environ["WORKER_ENABLED"] = "false"
    env = environment()
    wishes = Wishes(port=options.port or env.STUDIO_PORT, only=options.only, demo=options.demo)
    places = Places(env.STUDIO_DATA_DIR.expanduser().absolute())
    places.create()
    with LauncherLock(places), Supervisor(console) as supervisor:
        try:
            return run_studio(supervisor, places, env, wishes)
        except StopRequested:
            console.say("stopping; press Ctrl-C again to hurry")
            return 0


def _run(options: argparse.Namespace, console: Console) -> int:
    command = options.run_command
    if not command:
        raise StudioRefused("No command was given: write it after `--`, as in `run -- pytest`.")
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        os.execvp(command[0], command)  # noqa: S606  (the person's own command, on the person's own servers)
    if not options.fresh:
        return _run_in(places_from_environment(), command, console, fast=options.fast)
    data_dir = Path(tempfile.mkdtemp(prefix="novella-"))
    try:
        return _run_in(Places(data_dir), command, console, fast=options.fast)
    finally:
        shutil.rmtree(data_dir)


def _run_in(places: Places, command: Sequence[str], console: Console, *, fast: bool) -> int:
    places.create()
    with LauncherLock(places), Supervisor(console) as supervisor:
        try:
            return run_beside_servers(supervisor, places, command, fast=fast)
        except StopRequested as request:
            return 128 + request.signal_number
