"""The admin as an app; kept apart from the site, because apps are loaded before there are models."""

from django.contrib.admin.apps import AdminConfig


class StudioAdminConfig(AdminConfig):
    """Makes our site the default one."""

    default_site = "config.administration.site.StudioAdminSite"
