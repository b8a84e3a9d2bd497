"""Servers that outlived their launcher: recognised by the directory they work in, and ended."""

import time
from pathlib import Path

import psutil

from config.studio.errors import StudioRefused

TIMEOUT_SECONDS = 15.0
POLL_SECONDS = 0.05


def end_leftover(pid_file: Path, directory: Path, *, stop_signal: int) -> int | None:
    """End the process that a pid file names, if it works in this directory.

    Returns:
        The number in the file when it is another program's by now, else None.

    Raises:
        StudioRefused: when the process does not end.
    """
    try:
        process = psutil.Process(int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0]))
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    if not _works_in(process, directory):
        return process.pid
    process.send_signal(stop_signal)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while _lives(process):
        if time.monotonic() > deadline:
            raise StudioRefused(
                f"A server that no launcher owns (process {process.pid}) still runs in {directory} "
                f"and does not stop: end it first."
            )
        time.sleep(POLL_SECONDS)
    return None


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return Path(process.cwd()) == directory.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _lives(process: psutil.Process) -> bool:
    """A zombie has ended, whether or not somebody has asked how."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
