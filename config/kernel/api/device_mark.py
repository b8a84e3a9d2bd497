"""The cookie by which a browser shows that somebody signed in on it before. It opens nothing.

What the mark says, and what it is worth, is the business of whoever made it.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

NAME = "novella_device"


def put_mark(response: HttpResponseBase, mark: str, *, life: timedelta) -> None:
    """Mark the device after a sign-in."""
    response.set_cookie(
        NAME,
        mark,
        max_age=int(life.total_seconds()),
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def mark_of(request: HttpRequest | Request) -> str:
    """The mark that the device keeps, or an empty string."""
    return str(request.COOKIES.get(NAME, ""))
