"""The outermost middleware: request id, context, one log line, metrics, and no exception without an envelope."""

from collections.abc import Callable
from time import perf_counter
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse
from uuid_utils.compat import uuid7

from config.kernel import metrics
from config.kernel.api.errors import internal_error
from config.kernel.context import Context, use_context

log = structlog.get_logger("studio.request")


def request_id_of(request: HttpRequest) -> UUID:
    """The caller's `X-Request-ID` when it is a UUID, a new one otherwise."""
    given = request.headers.get("X-Request-ID", "")
    if len(given) == 36:
        try:
            return UUID(given)
        except ValueError:
            pass
    return uuid7()


class RequestMiddleware:
    """Begins and ends a request's context. Must stand first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, log one line, count."""
        started = perf_counter()
        context = Context(request_id=request_id_of(request), address=request.META.get("REMOTE_ADDR"))
        with use_context(context):
            response = self.get_response(request)
            response["X-Request-ID"] = str(context.request_id)
            seconds = perf_counter() - started
            match = request.resolver_match
            route = match.route if match else "unknown"
            method = request.method or ""
            metrics.observe_request(method, route, response.status_code, seconds)
            log.info(
                "request",
                method=method,
                path=request.path,
                route=route,
                status=response.status_code,
                ms=round(seconds * 1000, 2),
            )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        """A fault of ours: log the trace, answer the envelope."""
        return internal_error(request, exception)
