"""`GET /api/v1/`: what there is, for people who click and programs that look around."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.views import ApiView

PREFIX = "api/v1/"

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


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address of the URL map with its view class, where it has one."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), getattr(pattern.callback, "cls", None)


def resources() -> dict[str, str]:
    """The addresses that can be read without naming a thing, by their path below the root."""
    found = {
        route.removeprefix(PREFIX): f"/{route}"
        for route, view in _routes(get_resolver().url_patterns)
        if route.startswith(PREFIX) and "<" not in route and hasattr(view, "get") and view is not RootView
    }
    return dict(sorted(found.items()))


class RootView(ApiView):
    """The API."""

    tenant_required = False
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="root", responses=ROOT, tags=["operations"])
    def get(self, request: Request) -> Response:
        """What can be read here, and where it is described."""
        http = request._request  # noqa: SLF001
        actor, tenant = getattr(http, "actor", None), getattr(http, "tenant", None)
        return Response(
            {
                "version": "1",
                "documentation": request.build_absolute_uri("/api/docs"),
                "schema": request.build_absolute_uri("/api/schema"),
                "organisation": tenant.slug if tenant else None,
                "person": actor.label if actor else None,
                "resources": {name: request.build_absolute_uri(path) for name, path in resources().items()},
            }
        )
