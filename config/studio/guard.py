"""The launcher's end of the guardian: tells it which processes to end if the launcher is killed."""

import subprocess
import sys
from pathlib import Path

GUARDIAN = Path(__file__).with_name("guardian.py")


class Guard:
    """A guardian process and the pipe that keeps it waiting."""

    def __init__(self) -> None:
        self._watched: dict[int, str] = {}
        self._process = self._start()

    def watch(self, process_id: int, signal_number: int, *, group: bool) -> None:
        """Have a process ended if this one dies without ending it."""
        scope = "group" if group else "process"
        self._watched[process_id] = f"watch {process_id} {int(signal_number)} {scope}"
        self._tell(self._watched[process_id])

    def forget(self, process_id: int) -> None:
        """A process has ended; its number may be another's soon."""
        if self._watched.pop(process_id, None) is not None:
            self._tell(f"forget {process_id}")

    def keep(self) -> None:
        """Replace the guardian if somebody killed it."""
        if self._process.poll() is not None:
            self._process = self._start()
            for line in list(self._watched.values()):
                self._tell(line)

    def close(self) -> None:
        """Let the guardian go; everything it watched has been forgotten, or is ended by it now."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _tell(self, line: str) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(f"{line}\n".encode("ascii"))
                self._process.stdin.flush()
        except BrokenPipeError:
            self.keep()
