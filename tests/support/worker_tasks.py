"""Tasks that tell a test what a worker's process looks like from inside."""

import os

from celery import shared_task
from django.db import connection


@shared_task(name="tests.inside")
def inside() -> dict[str, int | str | bool]:
    """The process, its database connection, and where that stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_schema()")
        backend, schema = cursor.fetchone()
    pooled = "pool" in connection.settings_dict["OPTIONS"]
    return {"process": os.getpid(), "parent": os.getppid(), "backend": backend, "schema": schema, "pooled": pooled}
