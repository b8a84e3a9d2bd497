"""Several servers under the same load in turn (A B C A B C ...): what disturbs the machine disturbs all alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil

from benchmarks.load import Plan, fire
from benchmarks.processes import cpu_seconds, server_processes
from benchmarks.report import percentile
from benchmarks.statements import statements_of

WARM_UP_REQUESTS = 500
COUNTED_REQUESTS = 40


@dataclass(frozen=True)
class Side:
    """A server and one request to it."""

    process: psutil.Process
    application: str  # the name that its database connections carry
    port: int
    request: str


@dataclass
class Measured:
    """What one side used: per round, microseconds of CPU for each request; over all rounds, every latency."""

    web_us: list[float] = field(default_factory=list)
    servers_us: dict[str, list[float]] = field(default_factory=dict)  # by the server's name
    latencies_ms: list[float] = field(default_factory=list)
    rounds_p50_ms: list[float] = field(default_factory=list)
    rounds_p99_ms: list[float] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    @property
    def statements_per_request(self) -> float:
        """Statements that the database saw for each request, in steady state."""
        return len(self.statements) / COUNTED_REQUESTS

    @property
    def total_us(self) -> list[float]:
        """CPU of the web and the servers behind it together, per round."""
        return [sum(parts) for parts in zip(self.web_us, *self.servers_us.values(), strict=True)]


def ratios(values: Sequence[float], floor: Sequence[float]) -> list[float]:
    """Each round's value against the floor's of the same round."""
    return [value / base for value, base in zip(values, floor, strict=True)]


def measure(sides: Mapping[str, Side], *, rounds: int, requests: int, connections: int = 8) -> dict[str, Measured]:
    """Warm every side up, count its statements, then load the sides in turn."""
    found = {name: Measured() for name in sides}
    servers = server_processes()
    for name, side in sides.items():
        fire(Plan(side.port, (side.request,), WARM_UP_REQUESTS, connections))
        counted = Plan(side.port, (side.request,), COUNTED_REQUESTS, connections=1)
        found[name].statements = statements_of(side.application, lambda plan=counted: fire(plan))
    for _ in range(rounds):
        for name, side in sides.items():
            _one_round(side, found[name], servers, Plan(side.port, (side.request,), requests, connections))
    return found


def _one_round(side: Side, measured: Measured, servers: Mapping[str, psutil.Process], plan: Plan) -> None:
    web_before = cpu_seconds(side.process)
    servers_before = {name: cpu_seconds(process) for name, process in servers.items()}
    outcome = fire(plan)
    measured.web_us.append((cpu_seconds(side.process) - web_before) / plan.total * 1e6)
    for name, process in servers.items():
        used_us = (cpu_seconds(process) - servers_before[name]) / plan.total * 1e6
        measured.servers_us.setdefault(name, []).append(used_us)
    measured.latencies_ms += outcome.latencies_ms
    measured.rounds_p50_ms.append(median(outcome.latencies_ms))
    measured.rounds_p99_ms.append(percentile(outcome.latencies_ms, 99))
