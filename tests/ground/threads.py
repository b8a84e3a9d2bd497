"""Doing the same thing at the same time, each with a database connection of its own."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connections

DEADLINE_SECONDS = 60.0


def run_threads(count: int, work: Callable[[int], Any], *, deadline_seconds: float = DEADLINE_SECONDS) -> list[Any]:
    """Call `work(index)` in `count` threads that start together; what each returned, or the exception it raised.

    Raises:
        AssertionError: when a thread still runs at the deadline.
    """
    results: list[Any] = [None] * count
    barrier = threading.Barrier(count)

    def body(index: int) -> None:
        try:
            barrier.wait(deadline_seconds)
            results[index] = work(index)
        except BaseException as error:  # noqa: BLE001  (handed to the test, which judges it)
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=body, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + deadline_seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    hung = [index for index, thread in enumerate(threads) if thread.is_alive()]
    assert not hung, f"threads {hung} still run after {deadline_seconds:g} s"
    return results


def wait_until(ready: Callable[[], Any], *, deadline_seconds: float = 30.0, what: str = "the condition") -> Any:
    """Ask again until the answer is true, and return it.

    Raises:
        AssertionError: when it is still not at the deadline.
    """
    end = time.monotonic() + deadline_seconds
    while not (answer := ready()):
        assert time.monotonic() < end, f"{what} did not come true within {deadline_seconds:g} s"
        time.sleep(0.02)
    return answer
