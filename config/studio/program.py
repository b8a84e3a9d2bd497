"""A program that the launcher runs, and one run of it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from config.studio.identity import SAME_USER, leash_command

LARGEST_LOG_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Program:
    """How to run something, and how to end it."""

    name: str
    command: tuple[str, ...]
    log_path: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None  # where it starts; the launcher's own when None
    identity: str = SAME_USER
    shown: bool = True  # its lines go to the terminal as well as to its log
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 10.0
    hurry_signal: int = signal.SIGKILL  # when the grace is over, or the person asks twice
    orphan_signal: int = signal.SIGTERM  # when the launcher is killed


class Child:
    """A program that is kept running: its process, its log, and when it is started again."""

    def __init__(self, source: Callable[[], Program]) -> None:
        """Remember where the program comes from: asked anew at each start, because a port may have changed."""
        self._source = source
        self.restart = False  # not before it has been well once: what can't start is better said than repeated
        self.program = source()
        self.process: subprocess.Popen[bytes] | None = None
        self.log: BinaryIO | None = None
        self.started_at = 0.0  # time.monotonic() of the present run
        self.deaths_in_a_row = 0
        self.restart_at: float | None = None
        self.exit_code: int | None = None
        self.unfinished_line = b""

    @property
    def running(self) -> bool:
        """Whether the process lives, as far as was noticed."""
        return self.process is not None and self.exit_code is None

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the program in a session of its own; only the launcher's main thread may, because
        Linux ends a leashed child with the *thread* that started it."""
        if self.process is not None:
            self.program = self._source()
        _rotate(self.program.log_path)
        self.log = self.program.log_path.open("ab", buffering=0)
        self.process = subprocess.Popen(
            leash_command(
                self.program.command,
                orphan_signal=self.program.orphan_signal,
                identity=self.program.identity,
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if self.program.shown else self.log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.program.environment},
            cwd=self.program.directory,
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        self.exit_code, self.restart_at, self.unfinished_line = None, None, b""
        return self.process

    def try_again(self, *, after_seconds: float) -> None:
        """Have it started again, unless that is arranged already."""
        if self.restart_at is None:
            self.restart_at = time.monotonic() + after_seconds

    def send(self, signal_number: int) -> None:
        """Signal the main process, if it lives."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal_number)

    def kill_group(self) -> None:
        """Kill whatever is left of the process and those it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        with self.program.log_path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 8192))
            return "\n".join(stream.read().decode("utf-8", "replace").splitlines()[-lines:])


def exit_in_words(exit_code: int) -> str:
    """An exit code as people say it."""
    if exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"


def _rotate(path: Path) -> None:
    """Keep one older log when the present one has grown large."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LARGEST_LOG_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))
