"""A URL map of views that misbehave on purpose."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from psycopg import errors as pg
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel import errors
from config.kernel.api.views import ApiView, Input

handler400 = "config.kernel.api.errors.bad_request"
handler403 = "config.kernel.api.errors.permission_denied"
handler404 = "config.kernel.api.errors.not_found"
handler500 = "config.kernel.api.errors.server_error"


def database_error(kind: type[Exception], cause: Exception) -> Exception:
    """Django's exception over psycopg's, as the backend raises it."""
    error = kind("the server said so")
    error.__cause__ = cause
    return error


FAULTS: dict[str, Any] = {
    "fault": lambda: RuntimeError("secret-of-the-house"),
    "missing": Http404,
    "forbidden": PermissionDenied,
    "suspicious": lambda: SuspiciousOperation("odd"),
    "invalid": lambda: DjangoValidationError({"title": ["Too long."]}),
    "invalid-text": lambda: DjangoValidationError("Not like this."),
    "drf-invalid": lambda: drf.ValidationError({"title": ["Too long."], "items": [{}, {"name": ["Missing."]}]}),
    "drf-parse": lambda: drf.ParseError("odd"),
    "drf-signin": drf.NotAuthenticated,
    "drf-denied": drf.PermissionDenied,
    "drf-missing": drf.NotFound,
    "drf-throttled": lambda: drf.Throttled(wait=7),
    "drf-other": drf.APIException,
    "locked": errors.Locked,
    "limited": lambda: errors.RateLimited(retry_after_seconds=3, limit=10),
    "data": lambda: DataError("integer out of range"),
    "away": lambda: database_error(OperationalError, pg.AdminShutdown()),
    "unreachable": lambda: OperationalError("connection refused"),
    "closed": lambda: InterfaceError("the connection is closed"),
    "deadlock": lambda: database_error(OperationalError, pg.DeadlockDetected()),
}


class Item(Input):
    name = serializers.CharField(max_length=20)
    amount = serializers.IntegerField(required=False, min_value=0, max_value=100)


class Whole(Input):
    title = serializers.CharField(max_length=50)
    items = Item(many=True, required=False)
    extra = serializers.JSONField(required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), required=False)


class PlayView(ApiView):
    tenant_required = False
    permission_classes = (AllowAny,)


class Echo(PlayView):
    """Takes a whole thing and gives back what was understood."""

    def get(self, request: Request) -> Response:
        return Response({"query": request.query_params.dict()})

    def post(self, request: Request) -> Response:
        return Response(self.valid(Whole), status=201)

    def delete(self, request: Request) -> Response:
        return Response(status=204)


class Fails(PlayView):
    """Raises the fault its address names."""

    def get(self, request: Request, fault: str) -> Response:
        raise FAULTS[fault]()


class Unwritable(PlayView):
    """Returns something that has no JSON form."""

    def get(self, request: Request) -> Response:
        return Response({"thing": object()})


class Signed(ApiView):
    """For people inside an organisation."""

    def get(self, request: Request) -> Response:
        return Response({"actor": str(self.actor.user_id), "schema": connection.schema_name})

    def post(self, request: Request) -> Response:
        return Response({"actor": str(self.actor.user_id)}, status=201)


def plain_fails(request: HttpRequest, fault: str) -> HttpResponse:
    """A plain Django view that raises."""
    raise FAULTS[fault]()


def plain_form(request: HttpRequest) -> HttpResponse:
    """A plain Django view behind the CSRF check that reads its form."""
    return HttpResponse(request.POST.get("name", ""))


urlpatterns = [
    path("api/v1/play/echo", Echo.as_view()),
    path("api/v1/play/signed", Signed.as_view()),
    path("api/v1/play/unwritable", Unwritable.as_view()),
    path("api/v1/play/fails/<slug:fault>", Fails.as_view()),
    path("plain/fails/<slug:fault>", plain_fails),
    path("plain/form", plain_form),
]
