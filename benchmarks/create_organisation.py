"""A new organisation, copied from the template, against migrating a schema from zero; and what an empty one weighs."""

import secrets
from time import perf_counter

from django.core.management import call_command
from django.db import connection

from benchmarks.catalogue import Effort
from benchmarks.ground import EMAIL, make_ground
from benchmarks.report import Figure, Goal, median_figure, show
from benchmarks.side_by_side import ratios
from config.kernel.context import SYSTEM
from tenants.models import Tenant
from tenants.services.organisations import organisation_create

MOST_ROUNDS = 6  # migrating from zero takes seconds
MEGABYTE = 1_000_000


def run(effort: Effort) -> None:
    """Measure and print."""
    make_ground(projects=0)
    created, migrated, created_with_person = [], [], []
    for number in range(min(effort.rounds, MOST_ROUNDS)):
        created.append(_create(f"copied-{number}", EMAIL))
        migrated.append(_migrate_from_zero())
        created_with_person.append(_create(f"peopled-{number}", f"new-{number}@benchmark.example"))
    schema = Tenant.objects.get(slug="copied-0").schema_name
    relations, tables, size_mb = weight(schema)
    show(
        "A new organisation",
        [
            median_figure("creating against migrating from zero", ratios(created, migrated), "x", Goal(0.1)),
            median_figure("creating, its admin known", [seconds * 1000 for seconds in created], "ms", Goal(500)),
            median_figure("creating, with a new person (password hash)", [s * 1000 for s in created_with_person], "ms"),
            median_figure("migrating from zero", [seconds * 1000 for seconds in migrated], "ms"),
            Figure("tables", tables),
            Figure("relations (tables, indexes, sequences, TOAST)", relations),
            Figure("size of an empty organisation", size_mb, "MB", Goal(4)),
        ],
        "Both run in one process with everything imported. The size is what PostgreSQL gives for the schema's tables "
        "with their indexes and TOAST, and its sequences.",
    )


def _create(slug: str, email: str) -> float:
    """Seconds for one organisation, committed."""
    began = perf_counter()
    organisation_create(actor=SYSTEM, slug=slug, name=slug, admin_email=email, admin_password=secrets.token_urlsafe(16))
    return perf_counter() - began


def _migrate_from_zero() -> float:
    """Seconds for the migrations of a schema that belongs to nobody, from nothing to the present state."""
    schema = f"zero_{secrets.token_hex(4)}"
    began = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
    call_command("migrate_schemas", schema_name=schema, interactive=False, verbosity=0)
    connection.set_schema_to_public()
    seconds = perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
    return seconds


def weight(schema: str) -> tuple[int, int, float]:
    """Relations, tables and megabytes of a schema, TOAST included."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH own AS (SELECT oid, relkind, reltoastrelid FROM pg_class WHERE relnamespace = %s::regnamespace),
                 toast AS (SELECT reltoastrelid AS oid FROM own WHERE reltoastrelid <> 0)
            SELECT (SELECT count(*) FROM own) + (SELECT count(*) FROM toast)
                       + (SELECT count(*) FROM pg_index WHERE indrelid IN (SELECT oid FROM toast)),
                   (SELECT count(*) FROM own WHERE relkind = 'r'),
                   (SELECT sum(pg_total_relation_size(oid)) FROM own WHERE relkind IN ('r', 'S'))
            """,
            [f'"{schema}"'],
        )
        relations, tables, size_bytes = cursor.fetchone()
    return relations, tables, float(size_bytes) / MEGABYTE
