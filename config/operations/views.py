"""`/health`, `/health/detailed` and `/metrics`: they answer on every host, without sign-in."""

from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.envelope import EnvelopeRenderer
from config.kernel.api.views import ApiView
from config.kernel.errors import Degraded, PermissionDenied
from config.kernel.metrics import exposition
from config.operations.health import look_at_all

ALIVE = inline_serializer("Alive", {"status": serializers.CharField()})
PARTS = inline_serializer(
    "Health", {"status": serializers.CharField(), "parts": serializers.DictField(child=serializers.DictField())}
)


class OpenView(ApiView):
    """A view that knows neither people nor organisations, and never touches the database by itself."""

    tenant_required = False
    limit_group = ""
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (EnvelopeRenderer,)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """JSON, whatever a scraper or a load balancer says it accepts."""
        return EnvelopeRenderer(), EnvelopeRenderer.media_type


def require_operator(request: Request) -> None:
    """Let in this machine itself and whoever holds `METRICS_TOKEN`; a proxy on this machine is not this machine.

    Raises:
        PermissionDenied: everybody else.
    """
    meta = request.META
    forwarded = "HTTP_X_FORWARDED_FOR" in meta or "HTTP_FORWARDED" in meta
    if not forwarded and _is_loopback(meta.get("REMOTE_ADDR") or ""):
        return
    scheme, _space, given = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = settings.METRICS_TOKEN
    if token and scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode()):
        return
    raise PermissionDenied(_("This is for operators: ask from the machine itself, or with the metrics token."))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class HealthView(OpenView):
    """`GET /health`."""

    @extend_schema(operation_id="health", responses=ALIVE, tags=["operations"])
    def get(self, request: Request) -> Response:
        """The process lives. Looks at nothing else."""
        return Response({"status": "ok"})


class DetailedHealthView(OpenView):
    """`GET /health/detailed`."""

    @extend_schema(operation_id="health_detailed", responses=PARTS, tags=["operations"])
    def get(self, request: Request) -> Response:
        """Database, cache, broker, workers by queue, the oldest waiting job, disk and memory; 503 when any fails."""
        require_operator(request)
        parts = look_at_all()
        failed = [name for name, found in parts.items() if found["status"] != "ok"]
        if failed:
            raise Degraded(details={"failed": failed, "parts": parts})
        return Response({"status": "ok", "parts": parts})


class MetricsView(OpenView):
    """`GET /metrics`."""

    @extend_schema(
        operation_id="metrics",
        responses={(200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description="Prometheus' text format.")},
        tags=["operations"],
    )
    def get(self, request: Request) -> HttpResponse:
        """The figures of all processes, for Prometheus."""
        require_operator(request)
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
