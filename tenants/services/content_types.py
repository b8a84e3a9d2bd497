"""Content types with the same ids in every schema.

Django numbers them by the order in which each schema was migrated, so that one id would mean one model here and
another there, while its cache of them is shared by the whole process. Here the public schema numbers them and every
organisation's table repeats its rows.
"""

from typing import Any

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections
from django_tenants.utils import get_public_schema_name
from psycopg import sql

log = structlog.get_logger(__name__)

TABLE = ContentType._meta.db_table

# Those whose number is free here, with it; then the others, with a number of this schema's own.
REPEAT = """
    INSERT INTO {here} (id, app_label, model) OVERRIDING SYSTEM VALUE
    SELECT id, app_label, model FROM {there} there
     WHERE NOT EXISTS (SELECT FROM {here} here WHERE here.app_label = there.app_label AND here.model = there.model)
       AND NOT EXISTS (SELECT FROM {here} here WHERE here.id = there.id)
"""
POSITION = """
    SELECT setval(pg_get_serial_sequence(%s, 'id'),
                  GREATEST((SELECT max(id) FROM {here}), (SELECT max(id) FROM {there}), 1))
"""
NUMBER = """
    INSERT INTO {here} (app_label, model)
    SELECT app_label, model FROM {there} there
     WHERE NOT EXISTS (SELECT FROM {here} here WHERE here.app_label = there.app_label AND here.model = there.model)
"""
DIFFERENT = """
    SELECT app_label || '.' || model FROM {here} here JOIN {there} there USING (app_label, model)
     WHERE here.id <> there.id ORDER BY 1
"""


def content_types_repeat(schema_name: str, *, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Give a schema the public schema's content types that it lacks, with the same ids where these are free.

    Returns:
        The models whose ids differ: none, unless the schema was numbered before it came here. Nothing that decides
        about access may rely on ids being equal.
    """
    public = get_public_schema_name()
    names: dict[str, Any] = {"here": sql.Identifier(schema_name, TABLE), "there": sql.Identifier(public, TABLE)}
    connection: Any = connections[using]
    with connection.cursor() as cursor:
        table = names["here"].as_string(cursor.connection)
        cursor.execute("SELECT to_regclass(%s)", [table])
        if schema_name == public or cursor.fetchone() == (None,):
            return []
        cursor.execute(sql.SQL(REPEAT).format(**names))
        cursor.execute(sql.SQL(POSITION).format(**names), [table])
        cursor.execute(sql.SQL(NUMBER).format(**names))
        cursor.execute(sql.SQL(DIFFERENT).format(**names))
        different = [model for (model,) in cursor.fetchall()]
    ContentType.objects.clear_cache()
    if different:
        log.warning("content_types_differ", schema=schema_name, models=different)
    return different
