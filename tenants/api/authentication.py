"""How a request proves who it is: a bearer token, or the browser's session on the organisation's host."""

from typing import Any
from uuid import UUID

from auditlog.context import auditlog_value
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from config.kernel.api.device_mark import mark_of
from config.kernel.context import Actor, bind_context, current_context
from config.kernel.errors import SessionRevoked, TenantMismatch, TokenReused
from config.kernel.limits.gate import Subject, require
from config.kernel.limits.policies import Group
from tenants.choices import SessionEnd
from tenants.constants import CODE_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS
from tenants.exceptions import SecondFactorInvalid, SecondFactorRequired
from tenants.models import User
from tenants.selectors import directory
from tenants.selectors.belonging import person_by_email
from tenants.selectors.directory import Access, TenantRef
from tenants.services.passwords import password_matches
from tenants.services.second_factor import second_factor_proof
from tenants.services.sign_in_attempts import attempt_begin, attempt_succeeded
from tenants.tokens.access import Claims


class EmailBackend(BaseBackend):
    """Password sign-in by e-mail, for Django's own pages. It grants no permissions: those of the public schema hold
    nowhere."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """The active person of this e-mail and password, else None; in the same time for unknown e-mails.

        Whoever has a second factor types its code into the same form, as `code`.

        Raises:
            RateLimited: too many attempts from this address, or on this account.
            Degraded: attempts can't be counted now.
        """
        email = username or credentials.get("email")
        if not email or password is None or len(password) > PASSWORD_MAX_CHARACTERS:
            return None
        address = current_context().address
        require(Group.SIGN_IN, Subject(address=address))
        user = person_by_email(email)
        mark = mark_of(request) if request is not None else ""
        attempt = attempt_begin(email=email, user=user, address=address, known_mark=mark)
        if not password_matches(user, password) or user is None or not user.is_active:
            return None
        typed = request.POST.get("code", "") if request is not None else ""
        try:
            spend_code = second_factor_proof(user, typed[:CODE_MAX_CHARACTERS])
        except SecondFactorRequired:
            attempt_succeeded(attempt)
            return None
        except SecondFactorInvalid:
            return None
        if not spend_code():
            return None
        attempt_succeeded(attempt)
        return user

    def get_user(self, user_id: Any) -> User | None:
        """The person of a browser's session while they are active."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def _enter(request: HttpRequest, user: User, access: Access | None, session_id: UUID | None) -> None:
    """Make the person the actor of everything this request does."""
    actor = Actor(
        user_id=user.pk,
        label=access.email if access else user.email,
        tenant_role=access.role if access else "",
        session_id=session_id,
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
            SessionRevoked, TokenReused: when the token's session is over.
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
        access = directory.access_of(claims.user_id, tenant.id, claims.session_id)
        if access is None:
            raise TenantMismatch
        if access.session_end:
            raise TokenReused if access.session_end == SessionEnd.REUSED else SessionRevoked
        user = person_of(claims)
        _enter(http, user, access, claims.session_id)
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        """The scheme that a 401 names."""
        return 'Bearer realm="api"'


class HostSessionAuthentication(SessionAuthentication):
    """The browser's session, for the browsable API on an organisation's host. CSRF is checked."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The signed-in person when they belong to this organisation, else None."""
        found = super().authenticate(request)
        if found is None:
            return None
        http = request._request  # noqa: SLF001
        user, tenant = found[0], http.tenant  # type: ignore[attr-defined]
        access = directory.access_of(user.pk, tenant.id) if tenant else None
        if tenant is not None and access is None:
            return None
        _enter(http, user, access, None)
        return user, None
