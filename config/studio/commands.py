"""The launcher's command line."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from config.studio.console import Console
from config.studio.errors import REFUSED_EXIT_CODE, StudioRefused
from config.studio.launcher import run_beside_servers
from config.studio.ownership import LauncherLock
from config.studio.places import Places, places_from_environment
from config.studio.supervisor import StopRequested, Supervisor


def main(arguments: Sequence[str]) -> int:
    """Run the launcher; what it refuses is one sentence on standard error and exit code 2."""
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        return int(options.errand(options, console))
    except StudioRefused as refusal:
        console.plain(f"studio: {refusal}")
        return REFUSED_EXIT_CODE
    except StopRequested as request:
        return 128 + request.signal_number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.studio", description=__doc__)
    errands = parser.add_subparsers(required=True, metavar="ERRAND")
    run = errands.add_parser("run", help="run one command beside PostgreSQL and Valkey, and stop them after it")
    run.add_argument("--fast", action="store_true", help="servers that may lose data on a power cut: for tests")
    run.add_argument("--fresh", action="store_true", help="in a new data directory, removed at the end")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command and its arguments")
    run.set_defaults(errand=_run)
    return parser


def _run(options: argparse.Namespace, console: Console) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
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
        return run_beside_servers(supervisor, places, command, fast=fast)
