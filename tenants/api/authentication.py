"""How a request proves who it is: a bearer token, or the browser's session on the organisation's host."""

from typing import Any

from auditlog.context import auditlog_value
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from config.kernel.context import Actor, bind_context
from config.kernel.errors import SessionRevoked, TenantMismatch
from tenants.models import User
from tenants.selectors import directory
from tenants.selectors.directory import Access, TenantRef
from tenants.tokens.access import Claims


class EmailBackend(ModelBackend):
    """Password sign-in by e-mail. Grants no permissions of its own: those of the public schema hold nowhere."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Only active people."""
        return bool(user and user.is_active)


def _enter(request: HttpRequest, user: User, tenant: TenantRef | None, access: Access | None, session: Any) -> None:
    """Make the person the actor of everything this request does."""
    actor = Actor(
        user_id=user.pk,
        label=access.email if access else "",
        tenant_role=access.role if access else "",
        session_id=session,
    )
    request.actor = actor  # type: ignore[attr-defined]
    bind_context(actor=actor)
    recorded = auditlog_value.get(None)
    if recorded is not None:
        recorded["actor"] = user


def person_of(claims: Claims) -> User:
    """The person of a verified token, without a query: every other field is read when it is asked for."""
    return User.from_db("default", ["id"], [claims.user_id])


class BearerAuthentication(BaseAuthentication):
    """The access token, verified by the tenant middleware; here membership decides."""

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        """The person and their claims, or None when there is no token.

        Raises:
            TokenInvalid, TokenExpired: what the token itself lacks.
            TenantMismatch: when the person does not belong to the organisation (any more).
        """
        http = request._request  # noqa: SLF001
        if http.claims_error is not None:  # type: ignore[attr-defined]
            raise http.claims_error  # type: ignore[attr-defined]
        claims: Claims | None = http.claims  # type: ignore[attr-defined]
        if claims is None:
            return None
        tenant: TenantRef | None = http.tenant  # type: ignore[attr-defined]
        if tenant is None:
            raise TenantMismatch
        access = directory.access_of(claims.user_id, tenant.id)
        if access is None:
            raise TenantMismatch
        user = person_of(claims)
        _enter(http, user, tenant, access, claims.session_id)
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        """The scheme that a 401 names."""
        return 'Bearer realm="api"'


class HostSessionAuthentication(SessionAuthentication):
    """The browser's session, for the browsable API on an organisation's host. CSRF is checked."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The signed-in person when they belong to this organisation, else None.

        Raises:
            SessionRevoked: when the session's person was deactivated.
        """
        found = super().authenticate(request)
        if found is None:
            return None
        http = request._request  # noqa: SLF001
        user, tenant = found[0], http.tenant  # type: ignore[attr-defined]
        if not user.is_active:
            raise SessionRevoked
        access = directory.access_of(user.pk, tenant.id) if tenant else None
        if tenant is not None and access is None:
            return None
        _enter(http, user, tenant, access, None)
        return user, None
