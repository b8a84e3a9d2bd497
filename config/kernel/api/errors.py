"""Where errors become HTTP: one translation of exceptions, DRF's hook, and Django's handlers outside of views."""

import sys
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.dispatch import Signal
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout
from rest_framework import exceptions as drf
from rest_framework.response import Response

from config.kernel import errors
from config.kernel.api.envelope import error_body, error_response

log = structlog.get_logger("studio.errors")

# Sent with `error` (ours), `method` and `path` for every request that the API refuses.
request_refused = Signal()

NON_FIELD = "non_field_errors"
FIELDS_MAX = 50
FIELD_NAME_MAX_CHARACTERS = 120

# SQLSTATE classes of a server that is away, stopping or full: connection exception, operator intervention, resources.
AWAY_SQLSTATES = ("08", "57P", "53")


def _flatten(value: Any, prefix: str, into: dict[str, list[str]]) -> None:
    """DRF's nested errors as `{"a.b": [..], "items.0.name": [..]}`; it writes them in several shapes."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(inner, f"{prefix}.{key}" if prefix else str(key), into)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
        for index, inner in enumerate(value):
            if inner:
                _flatten(inner, f"{prefix}.{index}" if prefix else str(index), into)
    else:
        name = prefix[:FIELD_NAME_MAX_CHARACTERS] or NON_FIELD
        if name in into or len(into) < FIELDS_MAX:
            texts = value if isinstance(value, list | tuple) else [value]
            into.setdefault(name, []).extend(str(text) for text in texts)


def validation_failed(detail: Any) -> errors.ValidationFailed:
    """Field errors in any of DRF's shapes as ours: a flat map of dotted names, the first fifty of them."""
    fields: dict[str, list[str]] = {}
    _flatten(detail, "", fields)
    return errors.ValidationFailed(details={"fields": fields})


_DRF_ERRORS: dict[type[drf.APIException], type[errors.AppError]] = {
    drf.ParseError: errors.Malformed,
    drf.NotAuthenticated: errors.AuthenticationFailed,
    drf.AuthenticationFailed: errors.AuthenticationFailed,
    drf.PermissionDenied: errors.PermissionDenied,
    drf.NotFound: errors.NotFound,
    drf.MethodNotAllowed: errors.MethodNotAllowed,
    drf.NotAcceptable: errors.NotAcceptable,
    drf.UnsupportedMediaType: errors.UnsupportedMediaType,
}


def _from_drf(error: drf.APIException) -> errors.AppError | None:
    """DRF's own exceptions as ours; what it says beyond the class's sentence is kept as the reason."""
    if isinstance(error, drf.ValidationError):
        return validation_failed(error.detail)
    if isinstance(error, drf.Throttled):
        return errors.RateLimited(retry_after_seconds=max(1, int(getattr(error, "wait", None) or 1)), limit=0)
    for theirs, ours in _DRF_ERRORS.items():
        if isinstance(error, theirs):
            said = str(error.detail)
            return ours(details={"reason": said} if said != str(type(error).default_detail) else None)
    return None


def _from_database(error: Exception) -> errors.AppError | None:
    """A server that is away is `degraded`, a value that no column takes is `malformed`; the rest is a fault of ours."""
    if isinstance(error, DataError):
        return errors.Malformed(_("A value is too large or of a form that can't be stored."))
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, InterfaceError | PoolTimeout) or state is None or str(state).startswith(AWAY_SQLSTATES):
        return errors.Degraded(details={"part": "database"})
    return None


def _from_django(error: Exception) -> errors.AppError | None:
    """Django's own refusals as ours."""
    if isinstance(error, Http404):
        return errors.NotFound()
    if isinstance(error, DjangoPermissionDenied):
        return errors.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return errors.PayloadTooLarge()
    if isinstance(error, SuspiciousOperation | UnreadablePostError | MultiPartParserError):
        return errors.Malformed()
    if isinstance(error, DjangoValidationError):
        return validation_failed(error.message_dict if hasattr(error, "error_dict") else error.messages)
    return None


def translate(error: BaseException) -> errors.AppError | None:
    """The product's error for an exception, or None when it is a fault of ours."""
    if isinstance(error, errors.AppError):
        return error
    if isinstance(error, drf.APIException):
        return _from_drf(error)
    if isinstance(error, DataError | OperationalError | InterfaceError | PoolTimeout):
        return _from_database(error)
    return _from_django(error) if isinstance(error, Exception) else None


def expected(error: BaseException) -> errors.AppError:
    """The error to answer with. What points at a fault of ours is logged with its trace; the client never sees it."""
    ours = translate(error)
    if ours is None:
        log.error("request_failed", exc_info=error)
        return errors.InternalError()
    if isinstance(error, DataError | OperationalError | InterfaceError | PoolTimeout):
        log.warning("database_refused", code=ours.code, error=type(error).__name__, exc_info=error)
    return ours


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook: every exception of a view as an envelope, in the reader's language."""
    ours = expected(error)
    request = context.get("request")
    if request is not None:
        request_refused.send(sender=type(ours), error=ours, method=request.method, path=request.path)
    response = Response(error_body(ours), status=ours.status, headers=ours.headers)
    response.exception = True
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 404 handler: an unknown route."""
    return error_response(errors.NotFound())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 400 handler: a host that is not served, a body that breaks a limit."""
    return error_response((translate(exception) if exception else None) or errors.Malformed())


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 403 handler."""
    return error_response(errors.PermissionDenied())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer to a form whose CSRF token is missing or stale."""
    message = _("This form is out of date. Go back, reload the page and send it again.")
    return error_response(errors.PermissionDenied(message, details={"reason": reason}))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500 handler, called while the exception of a middleware is being handled."""
    error = sys.exc_info()[1]
    return error_response(errors.InternalError() if error is None else expected(error))
