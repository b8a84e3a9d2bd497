"""Prometheus metrics of requests. The tenant is never a label: there may be thousands.

With `PROMETHEUS_MULTIPROC_DIR` set, each process writes its figures into files there and any of them can show the sum.
Whoever starts the processes empties the directory before: old files would be counted again.
"""

import os
from functools import lru_cache
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

requests_total = Counter("studio_http_requests_total", "Requests answered.", ["method", "route", "status"])
request_seconds = Histogram(
    "studio_http_request_seconds",
    "Seconds from the first byte in to the last byte out.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


# A label look-up costs more than the counting; routes and methods are few, so the series are kept at hand.
@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> tuple[Any, Any]:
    return requests_total.labels(method, route, str(status)), request_seconds.labels(route)


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer; unknown methods share one label, so that a caller can't make labels."""
    count, duration = _series(method if method in METHODS else "other", route, status)
    count.inc()
    duration.observe(seconds)


def exposition() -> bytes:
    """All figures in Prometheus' text format: of every process when they share a directory, else of this one."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry)
