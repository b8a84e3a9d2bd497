"""Start the floor: its database once, then a server for each set of settings."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.processes import web_server

WSGI = "benchmarks.floor.wsgi:application"


def prepare(rows: Sequence[dict[str, Any]]) -> None:
    """Make the floor's table and put `rows` (columns of the studio's project, as JSON values) into it."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.floor.prepare"],
        input=json.dumps(list(rows), default=str),
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.floor.bare"},
    )


@contextmanager
def floor_server(settings: str) -> Iterator[tuple[psutil.Process, int]]:
    """The floor with the settings `bare` or `startproject`, on the studio's server and threads, and its port."""
    variables = {"DJANGO_SETTINGS_MODULE": f"benchmarks.floor.{settings}"}
    with web_server(f"floor-{settings}", wsgi=WSGI, path="/projects", variables=variables) as (process, port):
        yield process, port
