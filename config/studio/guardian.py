"""Outlive the launcher by a few seconds and end whatever it left.

Runs as a script of its own under `python -I -S`. It reads `watch PID SIGNAL group|process` and `forget PID` lines on
standard input; the end of input means that the launcher is gone, however it went. Then every watched process gets its
signal (SIGKILL goes to its whole group), and after the grace period what remains is killed with its group.
"""

import os
import signal
import sys
import time
from collections.abc import Callable

GRACE_SECONDS = 5.0
POLL_SECONDS = 0.05

Watched = dict[int, tuple[int, bool]]


def _send(process_id: int, signal_number: int, *, group: bool) -> bool:
    """Signal a process or its group; False when it is gone."""
    deliver: Callable[[int, int], None] = os.killpg if group else os.kill
    try:
        deliver(process_id, signal_number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read_until_end() -> Watched:
    watched: Watched = {}
    for line in sys.stdin:
        match line.split():
            case ["watch", process_id, signal_number, scope]:
                watched[int(process_id)] = (int(signal_number), scope == "group")
            case ["forget", process_id]:
                watched.pop(int(process_id), None)
    return watched


def _end(watched: Watched) -> None:
    for process_id, (signal_number, group) in watched.items():
        _send(process_id, signal_number, group=group and signal_number == signal.SIGKILL)
    deadline = time.monotonic() + GRACE_SECONDS
    left = dict(watched)
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = {key: value for key, value in left.items() if _send(key, 0, group=value[1])}
    for process_id, (_, group) in left.items():
        _send(process_id, signal.SIGKILL, group=group)


def main() -> None:
    """Wait for the launcher's end, then clean up after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _end(_read_until_end())


if __name__ == "__main__":
    main()
