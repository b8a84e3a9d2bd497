"""Errors as pages, for people who met them outside of the API."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from config.kernel.context import current_context
from config.kernel.errors import AppError

API_PREFIX = "/api/"


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks, outside of the API: there every error stays JSON."""
    return not request.path.startswith(API_PREFIX) and "text/html" in request.META.get("HTTP_ACCEPT", "")


def error_page(request: HttpRequest, error: AppError) -> HttpResponse:
    """The error as a page of its own: it needs no database, no session and no files."""
    known = {"request": request, "error": error, "request_id": current_context().request_id}
    response = HttpResponse(render_to_string("pages/error.html", known), status=error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response
