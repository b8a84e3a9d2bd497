"""`POST /writing/generate-chapter` while the worker works, and how soon an idle worker shows progress."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.conf import settings

from benchmarks.catalogue import Effort
from benchmarks.ground import Ground, make_ground, sign_in
from benchmarks.load import Plan, fire, request_text
from benchmarks.processes import program_of, running, wait_until, web_server
from benchmarks.report import Figure, Goal, median_figure, percentile, show
from config.celery import app

POSTS = 200
CLIENTS = 4
HEAD_START = 20  # jobs that keep the worker busy before anything is measured
IDLE_JOBS = 30
POLL_SECONDS = 0.001
PROGRESS_TIMEOUT_SECONDS = 30.0
ALL_JOBS_TIMEOUT_SECONDS = 300.0
PATH = "/api/v1/writing/generate-chapter"


class NotAsMeant(Exception):
    """Something that the figures rest on was not so."""


def run(effort: Effort) -> None:
    """Measure and print."""
    posts, idle_jobs = min(POSTS, effort.requests), min(IDLE_JOBS, effort.rounds * 3)
    ground = make_ground(projects=1 + idle_jobs + HEAD_START + 2 * posts)
    projects = iter([str(project.pk) for project in ground.projects])  # each may have one writing job at a time

    def take(count: int) -> list[str]:
        return [next(projects) for _ in range(count)]

    with web_server("web", path="/health") as (_, port), _worker(), _jobs(ground) as jobs:
        headers = sign_in(port)
        _first_progress_ms(jobs, port, headers, take(1))  # the worker's first job loads templates and more
        progress_ms = [_first_progress_ms(jobs, port, headers, take(1)) for _ in range(idle_jobs)]
        _post(port, headers, take(HEAD_START))
        alone_ms = _post(port, headers, take(posts))
        together_ms = _post(port, headers, take(posts), connections=CLIENTS)
        waiting = _count(jobs, "queued")
        if not waiting:
            raise NotAsMeant("expected jobs that still wait after the last answer, found none: the worker was idle")
        _wait_for_the_end(jobs)
        succeeded, made = _count(jobs, "succeeded"), len(ground.projects)
    if succeeded != made:
        raise NotAsMeant(f"expected {made} jobs that succeeded, found {succeeded}")
    show(
        "POST /writing/generate-chapter",
        [
            Figure("p95, worker busy, one client", percentile(alone_ms, 95), "ms", Goal(50)),
            Figure("p50, worker busy, one client", percentile(alone_ms, 50), "ms"),
            Figure(f"p95, worker busy, {CLIENTS} clients", percentile(together_ms, 95), "ms"),
            median_figure("enqueued to first progress, worker idle", progress_ms, "ms", Goal(300)),
            Figure("p95 of the same", percentile(progress_ms, 95), "ms"),
        ],
        f"The worker runs the embedded default's number of jobs side by side, by the scaffold provider; {waiting} jobs "
        f"still waited after the last answer, and all {made} succeeded.",
    )


@contextmanager
def _worker() -> Iterator[None]:
    """The generation worker as the launcher starts it, once it takes jobs."""
    with running(program_of("generation"), log_name="generation"):
        wait_until(lambda: bool(app.control.ping(timeout=0.2)), what="the worker", log_name="generation")
        yield


@contextmanager
def _jobs(ground: Ground) -> Iterator[psycopg.Connection]:
    """A connection of the benchmark's own that sees the organisation's jobs."""
    database = settings.DATABASES["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
        options=f"-c search_path={ground.tenant.schema_name}",
    ) as connection:
        yield connection


def _post(port: int, headers: dict[str, str], projects: Sequence[str], *, connections: int = 1) -> list[float]:
    """Start a chapter in each project; the latencies in milliseconds."""
    bodies = [json.dumps({"project": project}) for project in projects]
    requests = tuple(request_text("POST", PATH, headers, body) for body in bodies)
    return fire(Plan(port, requests, len(requests), connections, expected_status=202)).latencies_ms


def _first_progress_ms(jobs: psycopg.Connection, port: int, headers: dict[str, str], projects: Sequence[str]) -> float:
    """Milliseconds from a row's creation, which precedes its answer, to the first progress that anybody can read."""
    _wait_for_the_end(jobs)
    _post(port, headers, projects)
    deadline = time.monotonic() + PROGRESS_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        found = jobs.execute(
            "SELECT extract(epoch FROM clock_timestamp() - created_at) * 1000 FROM generation_job "
            "WHERE project_id = %s AND progress > 0",
            [projects[0]],
        ).fetchone()
        if found:
            return float(found[0])
        time.sleep(POLL_SECONDS)
    raise NotAsMeant(f"expected progress within {PROGRESS_TIMEOUT_SECONDS:g} s, found none")


def _count(jobs: psycopg.Connection, status: str) -> int:
    (count,) = jobs.execute("SELECT count(*) FROM generation_job WHERE status = %s", [status]).fetchone() or (0,)
    return int(count)


def _wait_for_the_end(jobs: psycopg.Connection) -> None:
    """Wait until no job is queued or running."""
    wait_until(
        lambda: _count(jobs, "queued") + _count(jobs, "running") == 0,
        what="the end of all jobs",
        log_name="generation",
        timeout_seconds=ALL_JOBS_TIMEOUT_SECONDS,
    )
