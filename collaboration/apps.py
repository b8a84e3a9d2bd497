"""Roles on objects; later leases, events and live streams."""

from django.apps import AppConfig


class CollaborationConfig(AppConfig):
    """The app of working together."""

    name = "collaboration"
    verbose_name = "Collaboration"
