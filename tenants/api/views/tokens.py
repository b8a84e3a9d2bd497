"""Sign in, refresh, sign out, switch."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.device_mark import mark_of, put_mark
from config.kernel.api.parsers import StrictJsonParser
from config.kernel.api.views import ApiView
from config.kernel.context import current_context
from config.kernel.errors import TenantMismatch
from config.kernel.limits.policies import Group
from tenants.api import refresh_cookie
from tenants.api.middleware import host_of
from tenants.api.serializers.sign_in import (
    COOKIE,
    RefreshInput,
    SignedInOutput,
    SignInInput,
    SwitchInput,
    TokenPairOutput,
)
from tenants.selectors import directory
from tenants.services.session_refresh import session_refresh, session_sign_out
from tenants.services.sessions import Device, TokenPair
from tenants.services.sign_in import SignedIn, sign_in, tenant_switch
from tenants.services.sign_in_attempts import KNOWN_FOR, known_mark_of


def device_of(request: Request) -> Device:
    """The device that a request came from."""
    return Device.of(request.META.get("HTTP_USER_AGENT", ""), current_context().address)


def addressed_tenant(request: Request) -> str | None:
    """The slug that the address names: an organisation's host, or `X-Tenant` on the platform's; else None.

    A token's claim does not count here: who signs in may still hold a token of elsewhere.
    """
    http = request._request  # noqa: SLF001
    if host_of(http) in settings.PLATFORM_HOSTS:
        return request.headers.get("X-Tenant", "").strip() or None
    return str(http.tenant.slug)  # type: ignore[attr-defined]


def addressed_tenant_id(request: Request) -> UUID | None:
    """The id of the organisation that the address names.

    Raises:
        TenantMismatch: when it names one that does not exist.
    """
    slug = addressed_tenant(request)
    if slug is None:
        return None
    found = directory.tenant_by_slug(slug) if len(slug) <= 63 and slug.isascii() and slug.isprintable() else None
    if found is None:
        raise TenantMismatch
    return found.id


def pair_answer(pair: TokenPair, *, cookie: bool) -> dict[str, Any]:
    """The pair as clients get it."""
    return {
        "access": pair.access,
        "refresh": None if cookie else pair.refresh,
        "expires_in_seconds": pair.expires_in_seconds,
    }


def signed_in_answer(request: Request, found: SignedIn, mode: str) -> Response:
    """The answer to sign-in and switch, with the cookie in cookie mode."""
    cookie = mode == COOKIE
    content = {
        **pair_answer(found.tokens, cookie=cookie),
        "user": found.user,
        "tenant": found.tenant,
        "tenants": found.tenants,
    }
    response = Response(SignedInOutput(content).data)
    if cookie:
        refresh_cookie.begin(request, response, found.tokens)
        put_mark(response, known_mark_of(found.user), life=KNOWN_FOR)
    return never_stored(response)


def never_stored(response: Response) -> Response:
    """Answers with tokens stay out of every cache (RFC 6749, section 5.1)."""
    response["Cache-Control"] = "no-store"
    return response


class TokenView(ApiView):
    """Signing in."""

    authentication_classes = ()
    permission_classes = ()
    limit_group = Group.SIGN_IN
    # A form could be posted by any site; JSON from another origin needs its consent first.
    parser_classes = (StrictJsonParser,)
    tenant_required = False

    @extend_schema(operation_id="auth_sign_in", request=SignInInput, responses=SignedInOutput, auth=[], tags=["auth"])
    def post(self, request: Request) -> Response:
        """Sign in by e-mail and password."""
        given = self.valid(SignInInput)
        addressed, named = addressed_tenant(request), given.get("tenant")
        if addressed and named and addressed != named:
            raise TenantMismatch
        found = sign_in(
            email=given["email"],
            password=given["password"],
            tenant=addressed or named,
            device=device_of(request),
            known_mark=mark_of(request),
            code=given.get("code", ""),
        )
        return signed_in_answer(request, found, given["mode"])


class RefreshView(ApiView):
    """Keeping a session going."""

    limit_group = Group.REFRESH
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (StrictJsonParser,)
    tenant_required = False

    @extend_schema(operation_id="auth_refresh", request=RefreshInput, responses=TokenPairOutput, auth=[], tags=["auth"])
    def post(self, request: Request) -> Response:
        """Spend a refresh token for the next pair."""
        raw, cookie = refresh_cookie.refresh_token_of(request, self.valid(RefreshInput))
        pair = session_refresh(refresh=raw, device=device_of(request), within=addressed_tenant_id(request))
        response = Response(TokenPairOutput(pair_answer(pair, cookie=cookie)).data)
        if cookie:
            refresh_cookie.put(response, pair)
        return never_stored(response)


class RevokeView(ApiView):
    """Signing out."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (StrictJsonParser,)
    tenant_required = False

    @extend_schema(operation_id="auth_sign_out", request=RefreshInput, responses={204: None}, auth=[], tags=["auth"])
    def post(self, request: Request) -> Response:
        """Sign the session of a refresh token out. A token that is not known changes nothing (RFC 7009)."""
        raw, cookie = refresh_cookie.refresh_token_of(request, self.valid(RefreshInput))
        session_sign_out(refresh=raw)
        response = Response(status=204)
        if cookie:
            refresh_cookie.drop(response)
        return response


class SwitchView(ApiView):
    """Going to another organisation of mine."""

    @extend_schema(operation_id="auth_switch", request=SwitchInput, responses=SignedInOutput, tags=["auth"])
    def post(self, request: Request) -> Response:
        """Open a session in another of my organisations; the present one goes on."""
        given = self.valid(SwitchInput)
        found = tenant_switch(actor=self.actor, tenant=given["tenant"], device=device_of(request))
        return signed_in_answer(request, found, given["mode"])
