"""What this app does when schemas are migrated."""

from typing import Any

from django.apps import AppConfig
from django.db import connections

from tenants.services.content_types import content_types_repeat


def number_content_types(sender: AppConfig, *, using: str, **_signal: Any) -> None:
    """Before Django numbers an organisation's content types, repeat those of the public schema: once per migration."""
    if sender.label != "tenants":
        return
    connection: Any = connections[using]
    content_types_repeat(connection.schema_name, using=using)
