"""Where errors become HTTP: one exception handler, and the handlers of errors outside of views."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import (
    PermissionDenied as DjangoPermissionDenied,
)
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.response import Response

from config.kernel import errors
from config.kernel.api.envelope import error_body, error_response

log = structlog.get_logger(__name__)

NON_FIELD = "non_field_errors"


def _flatten(value: Any, prefix: str, into: dict[str, list[str]]) -> None:
    """DRF's nested errors as `{"a.b": [..], "items.0.name": [..]}`; it writes them in several shapes."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(inner, f"{prefix}.{key}" if prefix else str(key), into)
    elif isinstance(value, (list, tuple)) and any(isinstance(item, (Mapping, list, tuple)) for item in value):
        for index, inner in enumerate(value):
            if inner:
                _flatten(inner, f"{prefix}.{index}" if prefix else str(index), into)
    elif isinstance(value, (list, tuple)):
        into.setdefault(prefix or NON_FIELD, []).extend(str(item) for item in value)
    else:
        into.setdefault(prefix or NON_FIELD, []).append(str(value))


def _from_drf(error: drf.APIException) -> errors.AppError:
    """DRF's own exceptions as ours."""
    if isinstance(error, drf.ValidationError):
        fields: dict[str, list[str]] = {}
        _flatten(error.detail, "", fields)
        return errors.ValidationFailed(details={"fields": fields})
    if isinstance(error, drf.ParseError):
        return errors.Malformed(_("The body is not valid JSON."), details={"reason": str(error.detail)})
    if isinstance(error, drf.MethodNotAllowed):
        return errors.MethodNotAllowed(str(error.detail))
    if isinstance(error, drf.UnsupportedMediaType):
        return errors.UnsupportedMediaType(str(error.detail))
    known: dict[type[drf.APIException], type[errors.AppError]] = {
        drf.NotAuthenticated: errors.AuthenticationFailed,
        drf.AuthenticationFailed: errors.AuthenticationFailed,
        drf.PermissionDenied: errors.PermissionDenied,
        drf.NotFound: errors.NotFound,
        drf.NotAcceptable: errors.NotAcceptable,
    }
    for theirs, ours in known.items():
        if isinstance(error, theirs):
            return ours()
    if isinstance(error, drf.Throttled):
        return errors.RateLimited(retry_after_seconds=int(error.wait or 1), limit=0)
    return errors.InternalError()


def translate(error: Exception) -> errors.AppError | None:
    """The product's error for an exception, or None when it is a fault of ours."""
    if isinstance(error, errors.AppError):
        return error
    if isinstance(error, Http404):
        return errors.NotFound()
    if isinstance(error, DjangoPermissionDenied):
        return errors.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return errors.PayloadTooLarge()
    if isinstance(error, (TooManyFieldsSent, SuspiciousOperation)):
        return errors.Malformed()
    if isinstance(error, DjangoValidationError):
        by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD: error.messages}
        return errors.ValidationFailed(details={"fields": {name: list(texts) for name, texts in by_field.items()}})
    if isinstance(error, drf.APIException):
        return _from_drf(error)
    return None


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every exception of a view as an envelope, in the reader's language."""
    ours = translate(error)
    if ours is None:
        return None  # the middleware answers 500 and logs the trace
    response = Response(error_body(ours), status=ours.status, headers=ours.headers)
    response.exception = True
    return response


def internal_error(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The answer to an exception that nobody expected; the cause goes to the log alone."""
    log.error("request_failed", method=request.method, path=request.path, exc_info=error)
    return error_response(errors.InternalError())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 404 handler: an unknown route."""
    return error_response(errors.NotFound())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 400 handler: a host that is not served, a body with too many fields."""
    return error_response(errors.Malformed())


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 403 handler."""
    return error_response(errors.PermissionDenied())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500 handler; the request middleware usually answers before."""
    return error_response(errors.InternalError())
