"""`GET /api/v1/`: what there is, for people who click and programs that look around."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.routes import PREFIX, readable_below
from config.kernel.api.views import ApiView

ROOT = inline_serializer(
    "Root",
    {
        "version": serializers.CharField(),
        "documentation": serializers.URLField(),
        "schema": serializers.URLField(),
        "organisation": serializers.CharField(allow_null=True),
        "person": serializers.CharField(allow_null=True),
        "resources": serializers.DictField(child=serializers.URLField()),
    },
)


class RootView(ApiView):
    """The API."""

    tenant_required = False
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="root", responses=ROOT, tags=["operations"])
    def get(self, request: Request) -> Response:
        """What can be read here, and where it is described."""
        http = request._request  # noqa: SLF001
        actor, tenant = getattr(http, "actor", None), getattr(http, "tenant", None)
        addresses = {name: request.build_absolute_uri(f"/{PREFIX}{name}") for name in readable_below(PREFIX)}
        return Response(
            {
                "version": "1",
                "documentation": request.build_absolute_uri("/api/docs"),
                "schema": request.build_absolute_uri("/api/schema"),
                "organisation": tenant.slug if tenant else None,
                "person": actor.label if actor else None,
                "resources": addresses,
            }
        )
