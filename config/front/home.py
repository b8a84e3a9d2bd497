"""The first page: where a browser arrives."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where to go from here: the API to click through, its documentation, the admin."""
    tenant: Any = getattr(request, "tenant", None)
    return render(request, "pages/home.html", {"tenant": tenant})
