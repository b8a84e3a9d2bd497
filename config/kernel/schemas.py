"""Where the database connection stands."""

from django.db import connection


def present_schema() -> str:
    """The schema of this thread's connection: an organisation's, or `public`."""
    name: str = connection.schema_name  # type: ignore[attr-defined]  # django-tenants' backend has it
    return name
