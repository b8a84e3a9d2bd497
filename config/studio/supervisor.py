"""Keeps child processes running: output, restarts, signals, and an orderly end."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FrameType, TracebackType
from typing import Self

from config.studio.console import Console
from config.studio.guard import Guard
from config.studio.identity import leash_command
from config.studio.program import Child, Program, exit_in_words

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.05
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
# A process that lived this long was well; its next death starts the backoff anew.
WELL_AFTER_SECONDS = 60.0
KILL_AFTER_HURRY_SECONDS = 5.0


class StopRequested(Exception):
    """The person or the system asked the launcher to stop."""

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__(signal.Signals(signal_number).name)


class Supervisor:
    """Owns the children of one launcher; a context manager that leaves none behind.

    Everything happens in the thread that made it, the main thread: Linux ends a child with its parent *thread*.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._stop_signals: list[int] = []
        self._stopping = False

    def __enter__(self) -> Self:
        self._guard = Guard()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._old_wakeup = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._old_handlers = {number: signal.signal(number, self._noticed) for number in _stop_signals()}
        self._old_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, self._child_changed)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop_all()
        finally:
            signal.set_wakeup_fd(self._old_wakeup)
            for number, handler in self._old_handlers.items():
                signal.signal(number, handler)
            self._guard.close()
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def start(self, source: Callable[[], Program]) -> Child:
        """Start a program. It is started again when it ends, once its `restart` is set."""
        child = Child(source)
        self._children.append(child)
        self._spawn(child)
        return child

    def pump(self, timeout_seconds: float = POLL_SECONDS) -> None:
        """Handle what happened: output, deaths, due restarts.

        Raises:
            StopRequested: when a stop signal arrived and the stop has not begun yet.
        """
        self._handle_events(timeout_seconds)
        if self._stop_signals and not self._stopping:
            raise StopRequested(self._stop_signals[0])

    def _handle_events(self, timeout_seconds: float) -> None:
        for key, _ in self._selector.select(timeout_seconds):
            if key.data is None:
                _drain(self._wake_read)
            else:
                self._read_output(key.data)
        self._guard.keep()
        for child in self._children:
            self._look_after(child)

    def wait_until(self, done: Callable[[], bool], *, timeout_seconds: float) -> bool:
        """Handle events until something is done; False when it was not in time."""
        deadline = time.monotonic() + timeout_seconds
        while not done():
            if time.monotonic() > deadline:
                return False
            self.pump()
        return True

    def run_foreground(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run a command in this terminal until it ends, keeping the children meanwhile; its exit code.

        Ctrl-C reaches the command from the terminal itself; a request to stop that came only to us is handed on.
        Either is remembered: the next `pump` raises it.
        """
        process = subprocess.Popen(
            leash_command(tuple(command), orphan_signal=signal.SIGTERM), env={**os.environ, **environment}
        )
        self._guard.watch(process.pid, signal.SIGTERM, group=False)
        handed_on = len(self._stop_signals)
        try:
            while process.poll() is None:
                self._handle_events(POLL_SECONDS)
                for number in self._stop_signals[handed_on:]:
                    if number != signal.SIGINT or not _in_terminal_foreground():
                        process.send_signal(number)
                handed_on = len(self._stop_signals)
        finally:
            self._end_foreground(process)
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def _end_foreground(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:  # we leave by an exception
            process.kill()
            process.wait()
        self._guard.forget(process.pid)

    def stop_all(self) -> None:
        """End every child: the last started first, programs before servers; a second signal hurries."""
        self._stopping = True
        for shown in (True, False):
            self._stop([child for child in self._children if child.program.shown is shown])

    def _stop(self, children: Iterable[Child]) -> None:
        waiting = [child for child in children if child.running]
        asked_before = len(self._stop_signals)
        for child in reversed(waiting):
            child.send(child.program.stop_signal)
        grace = max((child.program.grace_seconds for child in waiting), default=0.0)
        self.wait_until(
            lambda: not _any_running(waiting) or len(self._stop_signals) > max(1, asked_before), timeout_seconds=grace
        )
        for child in waiting:
            child.send(child.program.hurry_signal) if child.running else None
        self.wait_until(lambda: not _any_running(waiting), timeout_seconds=KILL_AFTER_HURRY_SECONDS)
        for child in waiting:
            child.kill_group()
        self.wait_until(lambda: not _any_running(waiting), timeout_seconds=KILL_AFTER_HURRY_SECONDS)

    def _spawn(self, child: Child) -> None:
        process = child.spawn()
        self._guard.watch(process.pid, child.program.orphan_signal, group=True)
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, child)

    def _look_after(self, child: Child) -> None:
        """Notice a death, and start again what is due."""
        if child.running and child.process is not None and child.process.poll() is not None:
            self._bury(child, child.process.returncode)
        if child.restart_at is not None and time.monotonic() >= child.restart_at and not self._stopping:
            self._spawn(child)

    def _bury(self, child: Child, exit_code: int) -> None:
        if child.process is not None:
            child.kill_group()  # whatever it started must not live on beside its successor
            self._guard.forget(child.process.pid)
        self._read_output(child)
        self._close_output(child)
        child.exit_code = exit_code
        if child.log is not None:
            child.log.close()
        if self._stopping or not child.restart:
            return
        lived_seconds = time.monotonic() - child.started_at
        child.deaths_in_a_row = 1 if lived_seconds > WELL_AFTER_SECONDS else child.deaths_in_a_row + 1
        wait = min(FIRST_BACKOFF_SECONDS * 2 ** (child.deaths_in_a_row - 1), LONGEST_BACKOFF_SECONDS)
        child.restart_at = time.monotonic() + wait
        self.console.say(f"{child.program.name} ended ({exit_in_words(exit_code)}); starting it again in {wait:g} s")

    def _read_output(self, child: Child) -> None:
        """Show and log the whole lines that arrived."""
        pipe = child.process.stdout if child.process is not None else None
        if pipe is None or pipe.closed:
            return
        while (chunk := _read(pipe.fileno())) is not None:
            if not chunk:
                self._close_output(child)
                return
            self._show(child, chunk)

    def _close_output(self, child: Child) -> None:
        pipe = child.process.stdout if child.process is not None else None
        if pipe is not None and not pipe.closed:
            self._selector.unregister(pipe)
            pipe.close()
            if child.unfinished_line:
                self._show(child, b"\n")

    def _show(self, child: Child, chunk: bytes) -> None:
        if child.log is not None and not child.log.closed:
            child.log.write(chunk)
        *lines, child.unfinished_line = (child.unfinished_line + chunk).split(b"\n")
        for line in lines:
            self.console.line(child.program.name, line.decode("utf-8", "replace"))

    def _noticed(self, number: int, _frame: FrameType | None) -> None:
        self._stop_signals.append(number)

    def _child_changed(self, _number: int, _frame: FrameType | None) -> None:
        """Only the wake-up matters; the loop looks at every child itself."""


def _stop_signals() -> Iterable[signal.Signals]:
    """The signals that stop us; not SIGHUP when somebody started us to outlive the terminal, as `nohup` does."""
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (number for number in STOP_SIGNALS if not (outlives and number == signal.SIGHUP))


def _any_running(children: Iterable[Child]) -> bool:
    return any(child.running for child in children)


def _in_terminal_foreground() -> bool:
    """Whether Ctrl-C in the terminal reaches every process of our group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def _read(descriptor: int) -> bytes | None:
    """What is there to read; empty at the end, None when nothing is there yet."""
    try:
        return os.read(descriptor, 65536)
    except BlockingIOError:
        return None


def _drain(descriptor: int) -> None:
    while _read(descriptor):
        continue
