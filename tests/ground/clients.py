"""Clients of the API that leave the test's connection where it was."""

from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from config.kernel.context import Actor
from tenants.models import Membership, Tenant, User
from tenants.services.sessions import Device, session_open

PLATFORM_HOST = "testserver"


class StudioClient(APIClient):
    """DRF's client; after each request the connection stands in the schema it stood in before."""

    def request(self, **kwargs: Any) -> Any:
        """Send one request."""
        before = connection.tenant
        try:
            return super().request(**kwargs)
        finally:
            connection.set_tenant(before)


def role_of(user: User, tenant: Tenant) -> str:
    """What the person is to the organisation; empty when they do not belong."""
    found = Membership.objects.filter(user_id=user.pk, tenant_id=tenant.pk, is_active=True)
    return found.values_list("role", flat=True).first() or ""


def actor_of(user: User, tenant: Tenant) -> Actor:
    """The person as services see them inside the organisation."""
    return Actor(user_id=user.pk, label=user.email, tenant_role=role_of(user, tenant))


def signed_in(user: User, tenant: Tenant, *, host: str | None = None) -> StudioClient:
    """A client with the access token of a session of its own: on the platform host with `X-Tenant`, or on `host`."""
    pair = session_open(
        user=user, tenant_id=tenant.pk, role=role_of(user, tenant) or "member", device=Device("tests", "127.0.0.1")
    )
    client = anonymous(tenant if host is None else None, host=host)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {pair.access}"
    return client


def anonymous(tenant: Tenant | None = None, *, host: str | None = None) -> StudioClient:
    """A client without credentials, on the platform host (naming `tenant`, if any, in `X-Tenant`) or on `host`."""
    client = StudioClient(HTTP_HOST=host or PLATFORM_HOST)
    if tenant is not None:
        client.defaults["HTTP_X_TENANT"] = tenant.slug
    return client
