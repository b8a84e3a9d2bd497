"""Asking all parts at once: none waits for another, and one that hangs is reported, not waited for."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

import structlog
from django.db import connections

from config.operations.probes import PROBE_SECONDS, PROBES, PartFailed

log = structlog.get_logger("studio.health")

Probe = Callable[[], dict[str, Any]]


@dataclass
class Asking:
    """One probe under way, in a thread of its own."""

    began: float = field(default_factory=time.monotonic)
    done: Event = field(default_factory=Event)
    finding: dict[str, Any] = field(default_factory=dict)

    def run(self, name: str, probe: Probe) -> None:
        """Ask, and keep what was found. Whatever goes wrong is a finding; the log has the whole of it."""
        try:
            self.finding = {"status": "ok", **probe()}
        except PartFailed as error:
            self.finding = {"status": "failed", "reason": str(error), **error.figures}
        except Exception as error:
            log.warning("probe_failed", part=name, exc_info=error)
            self.finding = {"status": "failed", "reason": type(error).__name__}
        finally:
            connections.close_all()
            self.finding["ms"] = round((time.monotonic() - self.began) * 1000, 1)
            self.done.set()


_under_way: dict[str, Asking] = {}
_lock = Lock()


def _ask(name: str, probe: Probe) -> Asking:
    """The asking of a part: the one under way when it still hangs, so that hanging threads never pile up."""
    with _lock:
        asking = _under_way.get(name)
        if asking is None or asking.done.is_set():
            asking = _under_way[name] = Asking()
            Thread(target=asking.run, args=(name, probe), name=f"probe-{name}", daemon=True).start()
        return asking


def look_at_all(probes: Mapping[str, Probe] = PROBES, *, seconds: float = PROBE_SECONDS) -> dict[str, dict[str, Any]]:
    """By part: `status` ok or failed, a reason, figures and `ms`. Takes `seconds` at most."""
    asked = {name: _ask(name, probe) for name, probe in probes.items()}
    deadline = time.monotonic() + seconds
    return {name: _finding(asking, deadline) for name, asking in asked.items()}


def _finding(asking: Asking, deadline: float) -> dict[str, Any]:
    if asking.done.wait(max(0.0, deadline - time.monotonic())):
        return asking.finding
    waited = round((time.monotonic() - asking.began) * 1000, 1)
    return {"status": "failed", "reason": "no answer in time", "ms": waited}
