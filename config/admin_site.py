"""The admin: on the platform host for operators, on an organisation's host for its admins."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


class StudioAdminConfig(AdminConfig):
    """Makes our site the default one."""

    default_site = "config.admin_site.StudioAdminSite"


class StudioAdminSite(AdminSite):
    """One site, two faces; the host decides which."""

    site_header = "NovellaForge"
    site_title = "NovellaForge"

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators on the platform host only; the organisation's face follows its membership."""
        user: Any = request.user
        return bool(user.is_active and user.is_superuser and getattr(request, "tenant", None) is None)
