"""The headers that every answer carries, whoever made it."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

NONCE_BYTES = 16


class Nonce:
    """A random word that a page puts beside its own inline style or script; made when the page asks for it."""

    __slots__ = ("word",)

    def __init__(self) -> None:
        """Nobody asked yet."""
        self.word = ""

    def __str__(self) -> str:
        """The word, the same each time."""
        self.word = self.word or secrets.token_urlsafe(NONCE_BYTES)
        return self.word


class HeadersMiddleware:
    """Tells browsers what a page may load, run and ask for. A view that set a header itself keeps its own.

    Templates name their inline style or script by `{{ request.csp_nonce }}`. Stands outermost.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler, and what is the same for every answer."""
        self.get_response = get_response
        self.policy_header: str = settings.CSP_HEADER
        self.pattern: str = settings.CSP_POLICY
        self.policy = self.pattern.format(nonce="")
        self.others = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Permissions-Policy": settings.PERMISSIONS_POLICY,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and say what the answer may do."""
        nonce = Nonce()
        request.csp_nonce = nonce  # type: ignore[attr-defined]  # templates read it
        response = self.get_response(request)
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            own = self.pattern.format(nonce=f" 'nonce-{nonce}'") if nonce.word else self.policy
            headers[self.policy_header] = own
        for name, value in self.others.items():
            headers.setdefault(name, value)
        return response
