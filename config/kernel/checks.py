"""What `manage.py check` refuses about where apps live."""

from typing import Any

from django.conf import settings
from django.core import checks

# An app in both lists has its tables in public as well; a query that stands in the wrong schema would find them there.
IN_BOTH = frozenset({"django.contrib.contenttypes", "auditlog", "audit"})


def register() -> None:
    """Add our checks to Django's; called once, when the apps are ready."""
    checks.register(check_placement)


def check_placement(app_configs: Any, **_options: Any) -> list[checks.CheckMessage]:
    """No app lives in both kinds of schema but those three."""
    both = set(settings.SHARED_APPS) & set(settings.TENANT_APPS)
    return [
        checks.Error(
            f"{name} is in SHARED_APPS and in TENANT_APPS.",
            hint="An app's tables belong to the public schema or to organisations; only "
            f"{', '.join(sorted(IN_BOTH))} are in both.",
            id="studio.E001",
        )
        for name in sorted(both - IN_BOTH)
    ]
