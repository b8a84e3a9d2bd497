"""The outermost middleware: request id, context, language, one log line, metrics, no exception without an envelope."""

import logging
from collections.abc import Callable
from time import perf_counter
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from uuid_utils.compat import uuid7

from config.kernel import metrics
from config.kernel.addresses import client_address
from config.kernel.api.envelope import error_response
from config.kernel.api.errors import expected
from config.kernel.api.limits import check_address, check_body
from config.kernel.api.pages import error_page, wants_page
from config.kernel.context import Context, use_context
from config.kernel.errors import AppError
from config.kernel.logs import write_line

log = logging.getLogger("studio.request")

UNKNOWN_ROUTE = "unknown"


def request_id_of(request: HttpRequest) -> UUID:
    """The caller's `X-Request-ID` when it is a UUID, a new one otherwise."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    if len(given) == 36:
        try:
            return UUID(given)
        except ValueError:
            pass
    return uuid7()


class RequestMiddleware:
    """Begins and ends a request's context and language. Only headers stand before it.

    Django's LocaleMiddleware is not used: it stands too far inside to translate the errors met before it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, log one line, count."""
        started = perf_counter()
        context = Context(request_id=request_id_of(request), address=client_address(request.META))
        language = translation.get_language_from_request(request)
        with use_context(context), translation.override(language):
            request.LANGUAGE_CODE = language
            response = self._answer(request)
            response.headers["Content-Language"] = language
            patch_vary_headers(response, ("Accept-Language",))
            response.headers["X-Request-ID"] = str(context.request_id)
            if not response.streaming and "Content-Length" not in response.headers:
                response.headers["Content-Length"] = str(len(response.content))
            self._record(request, response.status_code, perf_counter() - started)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """What is inside answers, unless the request breaks a limit; browsers get errors as pages."""
        try:
            check_address(request)
            check_body(request)
        except AppError as error:
            response = error_response(error)
        else:
            response = self.get_response(request)
        if response.status_code >= 400 and hasattr(response, "app_error") and wants_page(request):
            return error_page(request, response.app_error)
        return response

    @staticmethod
    def _record(request: HttpRequest, status: int, seconds: float) -> None:
        match = request.resolver_match
        route = match.route if match else UNKNOWN_ROUTE
        method = request.method or ""
        metrics.observe_request(method, route, status, seconds)
        write_line(
            log, "request", method=method, path=request.path, route=route, status=status, ms=round(seconds * 1000, 2)
        )

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        """An exception that left a view: the envelope; the trace of a fault of ours goes to the log."""
        return error_response(expected(exception))
