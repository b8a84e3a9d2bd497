"""`manage.py migrate_organisations` with two hundred organisations and nothing to do."""

import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connection

from benchmarks.catalogue import Effort
from benchmarks.create_organisation import MEGABYTE
from benchmarks.ground import EMAIL, PASSWORD, make_ground
from benchmarks.report import Figure, Goal, median_figure, show
from config.kernel.context import SYSTEM
from tenants.services.organisations import organisation_create

ORGANISATIONS = 200
COMMAND = [sys.executable, "manage.py", "migrate_organisations", "--verbosity", "0"]


def run(effort: Effort) -> None:
    """Measure and print."""
    make_ground(projects=0)
    size_before = _database_bytes()
    began = perf_counter()
    for number in range(1, ORGANISATIONS):
        organisation_create(
            actor=SYSTEM, slug=f"crowd-{number}", name="Crowd", admin_email=EMAIL, admin_password=PASSWORD
        )
    created_ms = (perf_counter() - began) / (ORGANISATIONS - 1) * 1000
    grown_mb = (_database_bytes() - size_before) / (ORGANISATIONS - 1) / MEGABYTE
    inside, whole = [], []
    for _ in range(effort.rounds):
        inside.append(_seconds(lambda: call_command("migrate_organisations", verbosity=0, stdout=StringIO())))
        whole.append(_seconds(lambda: subprocess.run(COMMAND, check=True, stdout=subprocess.DEVNULL)))
    show(
        f"migrate_organisations, {ORGANISATIONS} organisations, nothing to do",
        [
            median_figure("each organisation", [s / ORGANISATIONS * 1000 for s in inside], "ms", Goal(5)),
            median_figure("all of them", [s * 1000 for s in inside], "ms"),
            median_figure("the whole command, with Python's start", [s * 1000 for s in whole], "ms"),
            Figure("creating one of the two hundred", created_ms, "ms"),
            Figure("the database grew by, for each organisation", grown_mb, "MB"),
        ],
        "The growth of the database counts the system catalogs as well as the organisation's own tables.",
    )


def _seconds(do: Callable[[], Any]) -> float:
    began = perf_counter()
    do()
    return perf_counter() - began


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
