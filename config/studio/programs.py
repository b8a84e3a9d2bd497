"""The table of the studio's own processes: a new one is one more line."""

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.env import Environment
from config.studio.places import REPOSITORY, Places
from config.studio.ports import LOOPBACK
from config.studio.program import Program

# One queue for each priority: on this broker, priorities inside one queue are defeated by prefetching.
GENERATION_QUEUES = ("generation.high", "generation.medium", "generation.low")

WORKER_GRACE_SECONDS = 20.0

# Celery repeats in every worker that root is discouraged; here root is whoever started the studio on their machine.
ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class Stage:
    """What a process is told when it is started."""

    env: Environment
    places: Places
    web_port: int


@dataclass(frozen=True)
class Process:
    """One line of the table."""

    name: str
    command: Callable[[Stage], tuple[str, ...]]
    kind: str  # `STUDIO_PROCESS`: web, worker or beat
    grace_seconds: float = 10.0
    # When the launcher is killed, the servers go as well and nothing could be finished. All of it is safe to kill.
    orphan_signal: int = signal.SIGKILL

    def program(self, stage: Stage, environment: Mapping[str, str]) -> Program:
        """How the supervisor runs it."""
        return Program(
            name=self.name,
            command=self.command(stage),
            log_path=stage.places.log / f"{self.name}.log",
            environment={
                **environment,
                "STUDIO_PROCESS": self.kind,
                "PYTHONUNBUFFERED": "1",
                "PYTHONWARNINGS": ROOT_WARNING,
            },
            directory=REPOSITORY,
            grace_seconds=self.grace_seconds,
            orphan_signal=self.orphan_signal,
        )


def processes(env: Environment) -> tuple[Process, ...]:
    """The processes that this environment asks for, in the order of starting."""
    return tuple(process for process in TABLE if process.kind != "worker" or env.WORKER_ENABLED)


def _script(name: str) -> str:
    """A program of the virtual environment that runs the launcher."""
    return str(Path(sys.executable).with_name(name))


def _web(stage: Stage) -> tuple[str, ...]:
    options = {
        "interface": "wsgi",
        "host": LOOPBACK,
        "port": stage.web_port,
        "workers": stage.env.WEB_PROCESSES,
        "blocking-threads": stage.env.WEB_THREADS,
        "workers-kill-timeout": 5,
        "log-level": "error",  # its warnings doubt the number of threads, which is a setting of ours
    }
    flags = (f"--{name}={value}" for name, value in options.items())
    return (_script("granian"), *flags, "--no-ws", "--respawn-failed-workers", "config.wsgi:application")


def _celery(stage: Stage, *arguments: str) -> tuple[str, ...]:
    return (_script("celery"), "--app=config.celery", "--quiet", *arguments, f"--loglevel={stage.env.LOG_LEVEL}")


def _worker(stage: Stage, name: str, queues: tuple[str, ...], concurrency: int) -> tuple[str, ...]:
    """Gossip and mingling are talk among workers that nothing here needs; they cost a second at the start."""
    return _celery(
        stage,
        "worker",
        f"--hostname={name}@%h",
        f"--queues={','.join(queues)}",
        f"--concurrency={concurrency}",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    )


def _generation(stage: Stage) -> tuple[str, ...]:
    return _worker(stage, "generation", GENERATION_QUEUES, stage.env.WORKER_CONCURRENCY_GENERATION)


def _indexing(stage: Stage) -> tuple[str, ...]:
    return _worker(stage, "indexing", ("indexing",), stage.env.WORKER_CONCURRENCY_INDEXING)


def _maintenance(stage: Stage) -> tuple[str, ...]:
    return _worker(stage, "maintenance", ("maintenance",), stage.env.WORKER_CONCURRENCY_MAINTENANCE)


def _beat(stage: Stage) -> tuple[str, ...]:
    return _celery(stage, "beat", f"--schedule={stage.places.run / 'beat-schedule'}", "--pidfile=")


TABLE = (
    Process("web", _web, kind="web", orphan_signal=signal.SIGTERM),  # its workers outlive a killed master
    Process("generation", _generation, "worker", WORKER_GRACE_SECONDS),
    Process("indexing", _indexing, "worker", WORKER_GRACE_SECONDS),
    Process("maintenance", _maintenance, "worker", WORKER_GRACE_SECONDS),
    Process("beat", _beat, kind="beat"),
)
