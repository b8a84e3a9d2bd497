"""How a task learns that its worker was asked to stop.

Celery tells only the worker's main process. The moment lies in a page of memory that the pool's processes inherit when
they are forked, so that every one of them can read it without a lock, a file or a server.
"""

import mmap
import struct
import time
from typing import Any

from celery import signals

_MOMENT = struct.Struct("d")
_page = mmap.mmap(-1, _MOMENT.size)


@signals.worker_shutting_down.connect
def announce_stop(**_signal: Any) -> None:
    """Remember when this worker was asked to stop; the first time counts."""
    if stopping_for_seconds() is None:
        _MOMENT.pack_into(_page, 0, time.monotonic())


def stopping_for_seconds() -> float | None:
    """Seconds since this worker was asked to stop, or None while it is meant to go on."""
    (moment,) = _MOMENT.unpack_from(_page, 0)
    return time.monotonic() - moment if moment else None


def forget_stop() -> None:
    """Go on as if nobody had asked; for a process that starts a second worker."""
    _MOMENT.pack_into(_page, 0, 0.0)
