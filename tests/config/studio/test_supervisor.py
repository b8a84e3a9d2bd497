"""The supervisor with small programs: output, restarts, signals, nothing left."""

import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.studio import supervisor as supervising
from config.studio.console import Console
from config.studio.program import Child, Program
from config.studio.supervisor import StopRequested, Supervisor

pytestmark = pytest.mark.studio


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class ClosedTerminal(io.StringIO):
    """A stream whose other end was closed."""

    tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(screen: io.StringIO) -> Iterator[Supervisor]:
    with Supervisor(Console(screen)) as started:
        yield started


def program(tmp_path: Path, script: str, *, name: str = "child", **options: object) -> Program:
    log_path = tmp_path / f"{name}.log"
    return Program(name=name, command=(sys.executable, "-u", "-c", script), log_path=log_path, **options)


def is_ready(child: Child) -> bool:
    """Whether the program has written its whole first line."""
    return child.program.log_path.read_text() == "ready\n"


def test_lines_are_prefixed_on_the_screen_and_plain_in_the_log(
    supervisor: Supervisor, screen: io.StringIO, tmp_path: Path
) -> None:
    script = "import sys; print('one'); print('zwei \\u00e9', file=sys.stderr); print('no end', end='')"

    child = supervisor.start(lambda: program(tmp_path, script, name="web"))
    assert supervisor.wait_until(lambda: not child.running, timeout_seconds=10)

    assert screen.getvalue() == "web         | one\nweb         | zwei é\nweb         | no end\n"
    assert (tmp_path / "web.log").read_text() == "one\nzwei é\nno end\n"


def test_program_that_is_not_shown_writes_to_its_log_alone(
    supervisor: Supervisor, screen: io.StringIO, tmp_path: Path
) -> None:
    child = supervisor.start(lambda: program(tmp_path, "print('quiet')", shown=False))
    assert supervisor.wait_until(lambda: not child.running, timeout_seconds=10)

    assert screen.getvalue() == ""
    assert child.last_words() == "quiet"


def test_large_output_does_not_block_the_program(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(
        lambda: program(tmp_path, "print('x' * 999 + '\\n', end='') or [print('y' * 999) for _ in range(999)]")
    )

    assert supervisor.wait_until(lambda: not child.running, timeout_seconds=20)
    assert (tmp_path / "child.log").stat().st_size == 1000 * 1000


def test_what_dies_is_started_again_later_each_time(
    supervisor: Supervisor, screen: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "FIRST_BACKOFF_SECONDS", 0.1)
    child = supervisor.start(lambda: program(tmp_path, "import sys; sys.exit(3)"))
    child.restart = True

    assert supervisor.wait_until(lambda: child.deaths_in_a_row == 3, timeout_seconds=10)

    assert screen.getvalue().splitlines() == [
        "studio      | child ended (exit code 3); starting it again in 0.1 s",
        "studio      | child ended (exit code 3); starting it again in 0.2 s",
        "studio      | child ended (exit code 3); starting it again in 0.4 s",
    ]


def test_backoff_starts_anew_after_a_life_that_was_long_enough(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "FIRST_BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr(supervising, "WELL_AFTER_SECONDS", 0.0)
    deaths = []
    child = supervisor.start(lambda: program(tmp_path, "pass"))
    child.restart = True

    def died_thrice() -> bool:
        if child.process is not None and not child.running and child.process.pid not in deaths:
            deaths.append(child.process.pid)
            assert child.deaths_in_a_row == 1
        return len(deaths) == 3

    assert supervisor.wait_until(died_thrice, timeout_seconds=10)


def test_program_that_never_was_well_is_not_started_again(
    supervisor: Supervisor, screen: io.StringIO, tmp_path: Path
) -> None:
    child = supervisor.start(lambda: program(tmp_path, "pass"))

    assert supervisor.wait_until(lambda: not child.running, timeout_seconds=10)
    assert child.restart_at is None
    assert screen.getvalue() == ""


def test_death_takes_what_the_program_started_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)\n"
        "time.sleep(600)"
    )
    child = supervisor.start(lambda: program(tmp_path, script))
    assert supervisor.wait_until(lambda: child.program.log_path.read_text().endswith("\n"), timeout_seconds=10)
    grandchild = psutil.Process(int(child.last_words()))

    child.send(signal.SIGKILL)
    assert supervisor.wait_until(lambda: not child.running, timeout_seconds=10)

    assert grandchild.status() == psutil.STATUS_ZOMBIE or grandchild.wait(10) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_asks_to_stop(supervisor: Supervisor, number: int) -> None:
    os.kill(os.getpid(), number)

    with pytest.raises(StopRequested) as request:
        supervisor.pump()
    assert request.value.signal_number == number


def test_second_signal_hurries_a_program_that_takes_its_time(screen: io.StringIO, tmp_path: Path) -> None:
    script = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('later'), os.kill(os.getppid(), signal.SIGINT)))\n"
        "print('ready')\n"
        "while True: time.sleep(600)"
    )
    with Supervisor(Console(screen)) as supervisor:
        child = supervisor.start(lambda: program(tmp_path, script, grace_seconds=60.0))
        assert supervisor.wait_until(lambda: is_ready(child), timeout_seconds=10)
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(StopRequested):
            supervisor.wait_until(lambda: False, timeout_seconds=10)

    assert child.last_words() == "ready\nlater"
    assert child.exit_code == -signal.SIGKILL


def test_program_that_ignores_the_stop_is_killed_after_its_grace(screen: io.StringIO, tmp_path: Path) -> None:
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
    with Supervisor(Console(screen)) as supervisor:
        child = supervisor.start(lambda: program(tmp_path, script, grace_seconds=0.2))
        assert supervisor.wait_until(lambda: is_ready(child), timeout_seconds=10)

    assert child.exit_code == -signal.SIGKILL


def test_programs_end_before_the_servers_they_use(screen: io.StringIO, tmp_path: Path) -> None:
    script = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    open({path!r}, 'a').write({name!r} + ' ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready')\n"
        "time.sleep(600)"
    )
    order = tmp_path / "order"
    with Supervisor(Console(screen)) as supervisor:
        children = [
            supervisor.start(
                lambda name=name, shown=shown: program(
                    tmp_path, script.format(path=str(order), name=name), name=name, shown=shown
                )
            )
            for name, shown in (("server", False), ("program", True))
        ]
        assert supervisor.wait_until(lambda: all(is_ready(child) for child in children), timeout_seconds=10)

    assert order.read_text() == "program server "


def test_foreground_command_keeps_the_terminal_and_its_exit_code(supervisor: Supervisor) -> None:
    assert supervisor.run_foreground([sys.executable, "-c", "import sys; sys.exit(5)"], {}) == 5


def test_foreground_command_ended_by_a_signal_counts_as_shells_count(supervisor: Supervisor) -> None:
    assert supervisor.run_foreground(["sh", "-c", "kill -TERM $$"], {}) == 128 + signal.SIGTERM


def test_request_to_stop_is_handed_to_the_foreground_command(supervisor: Supervisor) -> None:
    assert supervisor.run_foreground(["sh", "-c", 'trap "exit 9" TERM; kill -TERM $PPID; sleep 5 & wait'], {}) == 9
    with pytest.raises(StopRequested):
        supervisor.pump()


def test_foreground_command_sees_its_environment(supervisor: Supervisor) -> None:
    assert supervisor.run_foreground(["sh", "-c", 'test "$WORD" = novella'], {"WORD": "novella"}) == 0


def test_colour_is_for_terminals_and_for_those_who_did_not_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    pipe, terminal, refused, dumb = io.StringIO(), Terminal(), Terminal(), Terminal()

    Console(pipe).line("web", "text")
    Console(terminal).line("web", "text")
    monkeypatch.setenv("NO_COLOR", "1")
    Console(refused).line("web", "text")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    Console(dumb).line("web", "text")

    assert pipe.getvalue() == refused.getvalue() == dumb.getvalue() == "web         | text\n"
    assert terminal.getvalue() == "\x1b[36mweb         |\x1b[0m text\n"


def test_quiet_console_holds_back_lines_but_not_the_launcher_s_own(screen: io.StringIO) -> None:
    console = Console(screen)

    with console.quiet():
        console.line("web", "held back")
        console.say("said")
    console.line("web", "shown")

    assert screen.getvalue() == "studio      | said\nweb         | shown\n"


def test_console_survives_a_terminal_that_goes_away() -> None:
    terminal = ClosedTerminal()
    console = Console(terminal)

    console.say("nobody reads this")
    console.say("nor is it tried again")

    assert terminal.tries == 1


def test_large_log_is_set_aside_at_the_next_start(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.studio.program.LARGEST_LOG_BYTES", 10)
    (tmp_path / "child.log").write_text("a log of more than ten bytes")

    child = supervisor.start(lambda: program(tmp_path, "print('new')"))
    assert supervisor.wait_until(lambda: not child.running, timeout_seconds=10)

    assert (tmp_path / "child.log").read_text() == "new\n"
    assert (tmp_path / "child.log.1").read_text() == "a log of more than ten bytes"
