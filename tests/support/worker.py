"""A real Celery worker as a process of its own, with the scheduler inside, for tests of faults."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

REPOSITORY = Path(__file__).resolve().parents[2]
QUEUES = "generation.high,generation.medium,generation.low,maintenance"
START_SECONDS = 60.0
STOP_SECONDS = 40.0


class Worker:
    """One worker of every queue. `kill` leaves it no time for anything."""

    def __init__(
        self,
        environment: Mapping[str, str],
        directory: Path,
        wait_until: Callable[..., object],
        *,
        name: str = "w1",
        concurrency: int = 2,
        scheduler: bool = True,
    ) -> None:
        """Start it and wait until it takes messages."""
        self.log_path = directory / f"{name}.log"
        command = [
            str(Path(sys.executable).with_name("celery")),
            "--app=config.celery",
            "worker",
            f"--hostname={name}@test",
            f"--queues={QUEUES}",
            f"--concurrency={concurrency}",
            "--include=tests.support.worker_tasks",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel=INFO",
        ]
        if scheduler:
            command += ["--beat", f"--schedule={directory / f'{name}.schedule'}"]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env={**os.environ, **environment, "STUDIO_PROCESS": "worker"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._is_ready, deadline_seconds=START_SECONDS, what=f"the worker {name}")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log_path.read_text()[-4000:]
        return "ready." in self.log_path.read_text()

    def ask_to_stop(self) -> None:
        """What an operator or the launcher does."""
        self.process.send_signal(signal.SIGTERM)

    def stopped(self) -> int:
        """Its exit code, once it has stopped."""
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End the worker and its pool at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
