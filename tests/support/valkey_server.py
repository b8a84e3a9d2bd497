"""A real Valkey of a test's own, to be stopped, frozen and started again."""

import signal
import subprocess
from pathlib import Path

import redis

from config.studio.ports import free_port
from config.studio.valkey import _binary
from tests.ground.threads import wait_until

FIRST_PORT = 21800


class ValkeyServer:
    """`start()`, `stop()`, `freeze()`, `thaw()`; `url` stays the same."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port(FIRST_PORT)
        self._process: subprocess.Popen | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Run, and answer."""
        self._process = subprocess.Popen(
            [str(_binary()), "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", str(self._directory)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, what="a Valkey of the test's own")

    def stop(self) -> None:
        """End it; everything it counted is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Stop answering, with connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
