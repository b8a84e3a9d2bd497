"""Organisations, people and how they sign in."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The app that knows who belongs where."""

    name = "tenants"
    verbose_name = "Organisations and people"
