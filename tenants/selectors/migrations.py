"""How far each schema is migrated: what its own `django_migrations` says, all schemas in one query."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from tenants.constants import TEMPLATE_SCHEMA
from tenants.models import Tenant

Migration = tuple[str, str]  # app label, name
_CHUNK = 500

EXISTING = """
    SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relname = 'django_migrations' AND relkind = 'r' AND nspname = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """One schema and what it still lacks, in the order of the graph."""

    schema_name: str
    migrations: tuple[Migration, ...]


def tenant_schemas() -> list[str]:
    """The schema of every organisation, suspended ones and those on their way out included; oldest first."""
    return list(Tenant.objects.order_by("id").values_list("schema_name", flat=True))


def all_schemas() -> list[str]:
    """Public, the template, and every organisation's schema."""
    return [get_public_schema_name(), TEMPLATE_SCHEMA, *tenant_schemas()]


def required_migrations() -> list[Migration]:
    """Every migration of the code, in an order in which they can be applied; reads files, not the database.

    Django records all of them in every schema, whether or not they make a table there.
    """
    loader = MigrationLoader(None)
    order: dict[Migration, None] = {}
    for leaf in loader.graph.leaf_nodes():
        order.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(order)


def recorded_migrations(schemas: list[str]) -> dict[str, set[Migration]]:
    """What each schema has recorded; a schema that is missing or was never migrated has an empty set."""
    found: dict[str, set[Migration]] = {name: set() for name in schemas}
    with connection.cursor() as cursor:
        cursor.execute(EXISTING, [schemas])
        existing = [name for (name,) in cursor.fetchall()]
        for start in range(0, len(existing), _CHUNK):
            _read(cursor, existing[start : start + _CHUNK], found)
    return found


def _read(cursor: Any, schemas: list[str], into: dict[str, set[Migration]]) -> None:
    part = sql.SQL("SELECT {name}, array_agg(app), array_agg(name) FROM {table}")
    parts = [part.format(name=sql.Literal(name), table=sql.Identifier(name, "django_migrations")) for name in schemas]
    cursor.execute(sql.SQL(" UNION ALL ").join(parts))
    for schema_name, apps, names in cursor.fetchall():
        into[schema_name] = set(zip(apps or (), names or (), strict=True))


def pending_of(schemas: list[str]) -> list[Pending]:
    """The schemas that lack migrations, in the order given, each with what it lacks."""
    required = required_migrations()
    recorded = recorded_migrations(schemas)
    missing = {name: tuple(step for step in required if step not in recorded[name]) for name in schemas}
    return [Pending(name, steps) for name, steps in missing.items() if steps]
