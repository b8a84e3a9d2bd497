"""Which organisation a request is for, decided before anything is read."""

import re
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.kernel.api.envelope import error_response
from config.kernel.context import bind_context
from config.kernel.errors import AppError, TenantMismatch, TenantSuspended
from tenants.exceptions import NoSuchTenant
from tenants.models.tenant import SLUG_PATTERN
from tenants.selectors import directory
from tenants.selectors.directory import TenantRef
from tenants.tokens.access import Claims, verify_access

# These answer on every host, whatever the organisation's state.
OPEN_PATHS = frozenset({"/health", "/health/detailed", "/metrics"})

SLUG = re.compile(SLUG_PATTERN)


def host_of(request: HttpRequest) -> str:
    """The host asked for, in lower case, without port and trailing dot."""
    host = request.get_host()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower().rstrip(".")


def _bearer(request: HttpRequest) -> str | None:
    scheme, _space, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return raw.strip() if scheme.lower() == "bearer" else None


class TenantMiddleware:
    """Sets `request.tenant` (a `TenantRef` or None on the platform) and points the connection at its schema.

    Also sets `request.claims` (verified token or None) and `request.claims_error` (what was wrong with it); the
    authentication class raises the latter, so that public calls do not stumble over a stale token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Resolve, refuse what does not agree, and go on inside the organisation's schema."""
        request.urlconf = None  # one URL map for platform and organisations
        request.claims, request.claims_error = None, None  # type: ignore[attr-defined]
        request.tenant = None  # type: ignore[attr-defined]
        if request.path in OPEN_PATHS:
            directory.use_tenant(None)
            return self.get_response(request)
        try:
            tenant = self._resolve(request)
        except AppError as error:
            directory.use_tenant(None)
            return error_response(error)
        request.tenant = tenant  # type: ignore[attr-defined]
        directory.use_tenant(tenant)
        if tenant is not None:
            bind_context(schema=tenant.schema_name, tenant_id=tenant.id, tenant_slug=tenant.slug)
        return self.get_response(request)

    def _resolve(self, request: HttpRequest) -> TenantRef | None:
        """The organisation of host, header and claim.

        Raises:
            NoSuchTenant: at a host nobody owns.
            TenantMismatch: when host and header disagree.
            TenantSuspended: when it is not served now.
        """
        host = host_of(request)
        header = request.headers.get("X-Tenant", "").strip()
        self._read_token(request)
        claims: Claims | None = request.claims  # type: ignore[attr-defined]
        if host in settings.PLATFORM_HOSTS:
            slug = header or (claims.tenant if claims else "")
            tenant = directory.tenant_by_slug(slug) if SLUG.fullmatch(slug) else None
        else:
            tenant = self._of_host(host)
            if tenant is None:
                raise NoSuchTenant
            if header and header != tenant.slug:
                raise TenantMismatch
        if claims and claims.tenant != (tenant.slug if tenant else None):
            request.claims, request.claims_error = None, TenantMismatch()  # type: ignore[attr-defined]
            return None if host in settings.PLATFORM_HOSTS else tenant
        if tenant is not None and not tenant.is_active:
            raise TenantSuspended
        return tenant

    @staticmethod
    def _of_host(host: str) -> TenantRef | None:
        """`<slug>.<base domain>` needs no row; every other host is a custom domain."""
        suffix = f".{settings.BASE_DOMAIN}"
        if host.endswith(suffix) and "." not in host.removesuffix(suffix):
            slug = host.removesuffix(suffix)
            return directory.tenant_by_slug(slug) if SLUG.fullmatch(slug) else None
        return directory.tenant_by_host(host)

    @staticmethod
    def _read_token(request: HttpRequest) -> None:
        raw = _bearer(request)
        if raw is None:
            return
        try:
            request.claims = verify_access(raw)  # type: ignore[attr-defined]
        except AppError as error:
            request.claims_error = error  # type: ignore[attr-defined]


def tenant_id_of(request: HttpRequest) -> UUID | None:
    """The id of the request's organisation, or None on the platform."""
    tenant: TenantRef | None = getattr(request, "tenant", None)
    return tenant.id if tenant else None
