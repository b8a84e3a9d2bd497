"""Polling with a deadline."""

import time
from collections.abc import Callable


def wait_until(done: Callable[[], object], *, seconds: float) -> None:
    """Poll until something is true, and fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.05)
