"""A pool's process learns that its worker was asked to stop."""

import os
from collections.abc import Iterator

import pytest
from celery import signals

from config.kernel import shutdown


@pytest.fixture(autouse=True)
def _goes_on() -> Iterator[None]:
    shutdown.forget_stop()
    yield
    shutdown.forget_stop()


def test_process_goes_on_while_nobody_asked_it_to_stop() -> None:
    assert shutdown.stopping_for_seconds() is None


def test_signal_of_the_worker_reaches_a_process_forked_before(capfd: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:  # the pool's process: waits until its parent was asked to stop, and says what it sees
        os.read(ready, 1)
        os.write(writer, b"stopping" if shutdown.stopping_for_seconds() is not None else b"going on")
        os._exit(0)
    signals.worker_shutting_down.send(sender="test", sig="TERM", how="Warm", exitcode=0)
    os.write(go, b"x")
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"stopping"


def test_second_signal_does_not_restart_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 107.0, 109.0])
    monkeypatch.setattr(shutdown.time, "monotonic", lambda: next(now))
    shutdown.announce_stop()
    shutdown.announce_stop()  # looks at the clock once, to see that somebody asked before
    assert shutdown.stopping_for_seconds() == 9.0
