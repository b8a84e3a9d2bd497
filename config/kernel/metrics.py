"""Prometheus metrics of requests. The tenant is never a label: there may be thousands."""

from prometheus_client import Counter, Histogram

requests_total = Counter("studio_http_requests_total", "Requests answered.", ["method", "route", "status"])
request_seconds = Histogram(
    "studio_http_request_seconds",
    "Seconds from the first byte in to the last byte out.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer; unknown methods share one label, so that a caller can't make labels."""
    requests_total.labels(method if method in METHODS else "other", route, str(status)).inc()
    request_seconds.labels(route).observe(seconds)
