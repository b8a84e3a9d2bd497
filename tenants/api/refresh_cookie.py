"""The refresh token as a browser keeps it: a cookie that no script reads and no other address receives."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.errors import AuthenticationFailed, PermissionDenied
from tenants.services.sessions import TokenPair

NAME = "novella_refresh"
# Refresh and revoke live below it; nothing else gets the cookie.
PATH = "/api/v1/auth/token/"


def put(response: Response, pair: TokenPair) -> None:
    """Set the cookie for as long as the session may stay idle."""
    life = pair.session.idle_expires_at - timezone.now()
    response.set_cookie(
        NAME,
        pair.refresh,
        max_age=max(0, int(life.total_seconds())),
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def begin(request: Request, response: Response, pair: TokenPair) -> None:
    """Set the cookie of a new session, and a fresh CSRF token beside it."""
    rotate_token(request._request)  # noqa: SLF001
    put(response, pair)


def drop(response: Response) -> None:
    """Remove the cookie."""
    response.delete_cookie(NAME, path=PATH, samesite="Strict")


def refresh_token_of(request: Request, body: dict[str, Any]) -> tuple[str, bool]:
    """The refresh token of a request, and whether it came as a cookie. The body goes before the cookie.

    A cookie is sent by the browser whoever wrote the page, so it counts only with the CSRF token.

    Raises:
        AuthenticationFailed: when there is neither.
        PermissionDenied: a cookie without the CSRF token, or from another site.
    """
    raw = body.get("refresh")
    if raw:
        return str(raw), False
    kept = request.COOKIES.get(NAME)
    if not kept:
        raise AuthenticationFailed(_("No refresh token came, neither in the body nor as a cookie."))
    _check_csrf(request._request)  # noqa: SLF001
    return kept, True


def _check_csrf(request: HttpRequest) -> None:
    check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type]
    check.process_request(request)
    reason = check.process_view(request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise PermissionDenied(_("The CSRF check failed."), details={"reason": str(reason)})
