"""Make the floor's database and fill its table from JSON on standard input: run once, before the floor's servers."""

import json
import sys

import django
import psycopg
from django.conf import settings
from django.db import connection


def main() -> None:
    """Create the database and the table, and insert the rows."""
    database = settings.DATABASES["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as server:
        server.execute(f'CREATE DATABASE "{database["NAME"]}"')
    django.setup()
    from benchmarks.floor.models import FloorProject  # noqa: PLC0415  (the registry must be ready)

    with connection.schema_editor() as editor:
        editor.create_model(FloorProject)
    FloorProject.objects.bulk_create(FloorProject(**row) for row in json.load(sys.stdin))
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{FloorProject._meta.db_table}"')


if __name__ == "__main__":
    main()
