"""The URL map as a list: every address with its view, for whoever describes the API to others."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PREFIX = "api/v1/"


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), getattr(pattern.callback, "cls", None) or pattern.callback


@lru_cache(maxsize=8)
def routes(urlconf: str | None = None) -> tuple[tuple[str, Any], ...]:
    """Every route (`api/v1/projects/<uuid:project_id>`) with its view class, or its function where it is one."""
    return tuple(_walk(get_resolver(urlconf).url_patterns, ""))


def readable_below(route: str) -> list[str]:
    """The routes one step below `route` that can be read without naming another thing."""
    start = route if route.endswith("/") or not route else f"{route}/"
    below = ((path.removeprefix(start), view) for path, view in routes() if path.startswith(start) and path != start)
    return sorted({step for step, view in below if step and "<" not in step and hasattr(view, "get")})
