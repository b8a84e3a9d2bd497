"""Processes that are measured: started as the launcher starts them, read through psutil, ended with the benchmark."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

import psutil

from config.env import environment
from config.studio.identity import leash_command
from config.studio.places import places_from_environment
from config.studio.ports import LOOPBACK, free_port
from config.studio.program import Program
from config.studio.programs import TABLE, Stage

READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 20.0
FIRST_PORT = 20000
PRODUCT_WSGI = "config.wsgi:application"


class Unready(Exception):
    """A process that was to be measured did not start."""


def program_of(name: str, *, port: int = 0, wsgi: str = PRODUCT_WSGI, variables: Mapping[str, str] = {}) -> Program:
    """The launcher's own command line and environment for a process; `wsgi` puts another application in its web."""
    process = next(line for line in TABLE if line.name == name)
    stage = Stage(environment(), places_from_environment(), port)
    program = process.program(stage, {"STUDIO_PORT": str(port), **variables} if port else variables)
    command = tuple(wsgi if argument == PRODUCT_WSGI else argument for argument in program.command)
    return replace(program, command=command)


@contextmanager
def running(program: Program, *, log_name: str) -> Iterator[psutil.Process]:
    """The program as a process; its output goes to a file, and it ends with the block."""
    log = places_from_environment().log / f"{log_name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            leash_command(program.command, orphan_signal=signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.environment},
            cwd=program.directory,
            start_new_session=True,
        )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def web_server(
    name: str, *, wsgi: str = PRODUCT_WSGI, path: str, variables: Mapping[str, str] = {}
) -> Iterator[tuple[psutil.Process, int]]:
    """A web server that answers at `path` with anything but an error of its own, and its port."""
    port = free_port(FIRST_PORT)
    program = program_of("web", port=port, wsgi=wsgi, variables=variables)
    with running(program, log_name=name) as process:
        wait_until(lambda: _answers(process, port, path), what=f"the web server {name}", log_name=name)
        yield process, port


def wait_until(
    done: Callable[[], bool], *, what: str, log_name: str, timeout_seconds: float = READY_TIMEOUT_SECONDS
) -> None:
    """Poll until something is so.

    Raises:
        Unready: with the end of the log, when it was not so in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while not done():
        if time.monotonic() > deadline:
            raise Unready(f"{what} was not ready within {timeout_seconds:g} s: {_tail(log_name)}")
        time.sleep(0.02)


def _tail(log_name: str) -> str:
    log = places_from_environment().log / f"{log_name}.log"
    return log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else "no log"


def _answers(process: psutil.Process, port: int, path: str) -> bool:
    if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
        raise Unready(f"process {process.pid} ended before it answered")
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process and everything it started."""
    return [process, *process.children(recursive=True)]


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time of a process and all that it started, the ones that have ended included, in seconds.

    Raises:
        psutil.NoSuchProcess: when the process itself is gone.
    """
    while True:
        try:
            times = [each.cpu_times() for each in family(process)]
        except psutil.NoSuchProcess as gone:
            if gone.pid == process.pid:
                raise
            continue  # one of its children ended meanwhile; its time is its parent's now
        return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def server_processes() -> dict[str, psutil.Process]:
    """The first process of each embedded server, by name."""
    places = places_from_environment()
    pid_files = {"PostgreSQL": places.postgres / "postmaster.pid", "Valkey": places.run / "valkey.pid"}
    return {
        name: psutil.Process(int(path.read_text(encoding="ascii").split("\n", 1)[0]))
        for name, path in pid_files.items()
    }
