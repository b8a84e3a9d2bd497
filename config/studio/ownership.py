"""One launcher for each data directory: a lock that the kernel frees however its holder ends."""

import contextlib
import fcntl
import os
import time
from types import TracebackType
from typing import Self

from config.studio.errors import StudioRefused
from config.studio.places import Places

# Somebody who asks whether a launcher lives holds a shared lock for an instant.
PATIENCE_SECONDS = 1.0


class LauncherLock:
    """Held while a launcher owns its data directory; a context manager.

    Raises:
        StudioRefused: on entering, when another live launcher holds it.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._places.lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StudioRefused(f"{self._places.lock} can't be opened ({error.strerror}).") from error
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _try_lock(self._descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(self._descriptor)
                raise StudioRefused(
                    f"The data directory {self._places.data_dir} is in use by another launcher (process {holder}): "
                    f"stop that one, or set STUDIO_DATA_DIR to another directory."
                )
            time.sleep(0.02)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def launcher_lives(places: Places) -> bool:
    """Whether a live launcher owns this data directory now."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(places.lock, os.O_RDONLY)
        except FileNotFoundError:
            return False
        stack.callback(os.close, descriptor)
        return not _try_lock(descriptor, fcntl.LOCK_SH)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
