"""What a worker's processes look like: connections, organisations, results."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django_celery_results.models import TaskResult
from django_tenants.utils import schema_context
from kombu import Connection
from uuid_utils.compat import uuid7

from config.kernel.tasks import SCHEMA_HEADER, send
from generation.models import Job
from tests.generation.worker.conftest import Stage
from tests.support.worker import Worker

pytestmark = [pytest.mark.worker, pytest.mark.committed]

TASKS = 20


def results(ids: list[str]) -> list[dict[str, Any]]:
    """What the tasks returned, as far as they have; read from the public schema."""
    with schema_context("public"):
        rows = TaskResult.objects.filter(task_id__in=ids, status="SUCCESS")
        return [current_app.backend.decode(row.result) for row in rows]


def looked_inside(schema: str, wait_until: Callable[..., Any], *, tasks: int = TASKS) -> list[dict[str, Any]]:
    """What `tasks` tasks found in their processes."""
    ids = [str(uuid7()) for _ in range(tasks)]
    for task_id in ids:
        send("tests.inside", schema=schema, queue="generation.high", task_id=task_id)
    found: list[dict[str, Any]] = wait_until(
        lambda: rows if len(rows := results(ids)) == tasks else None, what="the results of all tasks"
    )
    return found


def test_each_process_keeps_one_connection_of_its_own(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    """A pool in the process, or one shared with its parent, would show as many backends as tasks, or the parent's."""
    running = worker(scheduler=False)
    found = looked_inside(stage.tenant.schema_name, wait_until)
    assert {row["pooled"] for row in found} == {False}
    assert {row["schema"] for row in found} == {stage.tenant.schema_name}
    assert {row["parent"] for row in found} == {running.process.pid}
    by_process = {
        row["process"]: {one["backend"] for one in found if one["process"] == row["process"]} for row in found
    }
    assert all(len(backends) == 1 for backends in by_process.values())
    assert len(set.union(*by_process.values())) == len(by_process)


def test_connection_is_replaced_after_its_share_of_tasks(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    """A backend never gives back what it learnt of each schema."""
    worker(concurrency=1, scheduler=False, CELERY_DB_REUSE_MAX="4")
    found = looked_inside(stage.tenant.schema_name, wait_until)
    assert 3 <= len({row["backend"] for row in found}) <= 8


def test_task_after_the_database_dropped_the_connection_is_not_lost(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    worker(concurrency=1, scheduler=False)
    [before] = looked_inside(stage.tenant.schema_name, wait_until, tasks=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [before["backend"]])
    [after] = looked_inside(stage.tenant.schema_name, wait_until, tasks=1)
    assert (after["process"], after["schema"]) == (before["process"], stage.tenant.schema_name)
    assert after["backend"] != before["backend"]


def test_message_without_an_organisation_is_refused_by_the_worker(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    """tenant-schemas-celery would run it in public."""
    worker(scheduler=False)
    task_id = str(uuid7())
    current_app.send_task("tests.inside", queue="generation.high", task_id=task_id, headers={SCHEMA_HEADER: ""})

    def refused() -> Any:
        with schema_context("public"):
            return TaskResult.objects.filter(task_id=task_id, status="FAILURE").first()

    assert "WrongTenant" in wait_until(refused, what="a refusal").result


def test_job_and_its_task_find_each_other_in_the_results(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    worker(scheduler=False)
    job = stage.start("plan", chapters=2)
    assert wait_until(lambda: stage.ended(job), what="the end of the job") == "succeeded"
    ended = stage.job(job)
    wait_until(lambda: results([ended.celery_task_id]) == ["succeeded"], what="the task's result")
    assert ended.worker.startswith("w1@test:")


def test_message_that_is_delivered_many_times_runs_the_job_once(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any], provider_server: Any
) -> None:
    job = stage.start("plan", chapters=2)
    ids = [str(uuid7()) for _ in range(10)]
    for task_id in ids:
        send(
            "generation.job_run",
            schema=stage.tenant.schema_name,
            queue="generation.high",
            args=(str(job.pk),),
            task_id=task_id,
        )
    worker(scheduler=False, concurrency=4)
    wait_until(lambda: len(results(ids)) == len(ids), what="the end of all messages")
    assert wait_until(lambda: stage.ended(job), what="the end of the job") == "succeeded"
    assert len(provider_server.calls) == 1
    assert stage.job(job).attempt == 1


def test_urgent_queue_is_emptied_first(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    """Priorities inside one queue are upside-down on Redis; three queues in the order told are not."""
    ids = {queue: [str(uuid7()) for _ in range(5)] for queue in ("low", "medium", "high")}
    for queue, tasks in ids.items():
        for task_id in tasks:
            send("tests.inside", schema=stage.tenant.schema_name, queue=f"generation.{queue}", task_id=task_id)
    worker(concurrency=1, scheduler=False)
    everything = [task_id for tasks in ids.values() for task_id in tasks]
    wait_until(lambda: len(results(everything)) == len(everything), what="the results of all tasks")
    with schema_context("public"):
        order = list(TaskResult.objects.filter(task_id__in=everything).order_by("id").values_list("task_id", flat=True))
    urgent = [order.index(task_id) for task_id in ids["high"]]
    rest = [order.index(task_id) for task_id in ids["low"][1:]]  # the first may be fetched before the others are seen
    assert max(urgent) < min(rest)


def test_suspended_organisation_is_not_served(
    stage: Stage, worker: Callable[..., Worker], wait_until: Callable[..., Any]
) -> None:
    stage.tenant.status = "suspended"
    with schema_context("public"):
        stage.tenant.save(update_fields=["status"])
    job = stage.start("plan", chapters=2)
    worker(scheduler=False)

    def refused() -> bool:
        with schema_context("public"):
            return TaskResult.objects.filter(status="FAILURE", result__contains="TenantSuspended").exists()

    wait_until(refused, what="a refusal")
    assert stage.job(job).status == "queued"


def test_broker_of_the_tests_is_not_shared_with_other_runs() -> None:
    with Connection(settings.CELERY_BROKER_URL, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS) as broker:
        assert broker.default_channel.global_keyprefix == f"{settings.STUDIO_TEST_RUN}:"
    assert Job._meta.app_label == "generation"
