"""After the public schema was migrated: the permission rows that roles are projected on."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django_tenants.utils import get_public_schema_name

from collaboration.permissions import target_types
from collaboration.services.projection import ensure_permission_rows


def write_permission_rows(sender: AppConfig, *, using: str, **_signal: Any) -> None:
    """Write the rows of the sender's target types; only in the public schema, where permissions live."""
    if getattr(connections[using], "schema_name", None) != get_public_schema_name():
        return
    for target in target_types():
        if target.app_label == sender.label:
            ensure_permission_rows(target, using=using)
