"""Tasks run in the organisation that their message names, and nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from secrets import token_hex
from typing import Any

import pytest
from celery import current_app, shared_task
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import schema_context
from kombu import Connection
from kombu.exceptions import OperationalError

from config.kernel import tasks
from config.kernel.context import SYSTEM, Context, current_context, use_context
from config.kernel.errors import NotFound, TenantSuspended
from config.kernel.tasks import WrongTenant, enqueue
from generation.tasks import jobs_sweep
from tenants.models import Tenant
from tenants.selectors import directory

QUEUE = f"test-tasks-{token_hex(4)}"


@shared_task(name="tests.where_am_i")
def where_am_i() -> tuple[str, str | None, bool]:
    """Where the task finds itself."""
    context = current_context()
    return connection.schema_name, context.schema, context.actor is SYSTEM


@shared_task(name="tests.platform_where_am_i", platform=True)
def platform_where_am_i() -> str:
    """The same for a task of the platform."""
    return connection.schema_name


def run(task: Any, schema: str | None) -> Any:
    """Run the task in this process as a worker would, with this schema in its message."""
    headers = {tasks.SCHEMA_HEADER: schema} if schema is not None else {tasks.SCHEMA_HEADER: ""}
    return task.apply(headers=headers, throw=True).get()


@pytest.fixture
def messages() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The headers of the messages that reached the test's queue."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    with Connection(settings.CELERY_BROKER_URL, transport_options=options) as broker:
        queue = broker.SimpleQueue(QUEUE)

        def read() -> list[dict[str, Any]]:
            found = []
            with suppress(queue.Empty):
                while True:
                    message = queue.get(block=False)
                    message.ack()
                    found.append(message.headers)
            return found

        yield read
        queue.close()


def test_task_runs_in_the_schema_of_its_message(acme: Tenant, db: None) -> None:
    assert run(where_am_i, acme.schema_name) == (acme.schema_name, acme.schema_name, True)
    assert connection.schema_name == "public"


@pytest.mark.parametrize("schema", [None, "public", "org_that_does_not_exist"])
def test_task_of_an_organisation_refuses_to_run_in_public(db: None, schema: str | None) -> None:
    """tenant-schemas-celery falls back to public for all three."""
    with pytest.raises(WrongTenant):
        run(where_am_i, schema)


def test_task_refuses_a_schema_whose_organisation_is_gone(acme: Tenant, db: None) -> None:
    run(where_am_i, acme.schema_name)  # the library remembers the organisation for some seconds
    Tenant.objects.filter(pk=acme.pk).update(schema_name="org_moved")
    directory.forget()
    with pytest.raises(NotFound):
        run(where_am_i, acme.schema_name)


def test_task_refuses_a_suspended_organisation(acme: Tenant, db: None) -> None:
    Tenant.objects.filter(pk=acme.pk).update(status="suspended")
    directory.forget()
    with pytest.raises(TenantSuspended):
        run(where_am_i, acme.schema_name)


def test_task_refuses_a_connection_that_stands_elsewhere(acme: Tenant, globex: Tenant, db: None) -> None:
    """The message says acme, the connection was left in globex."""
    where_am_i.request_stack.push(type("Request", (), {"headers": {tasks.SCHEMA_HEADER: acme.schema_name}})())
    try:
        with schema_context(globex.schema_name), pytest.raises(WrongTenant):
            where_am_i._refuse_strangers(acme.schema_name, connection.schema_name)
    finally:
        where_am_i.request_stack.pop()


def test_platform_task_runs_in_public_and_refuses_an_organisation(acme: Tenant, db: None) -> None:
    assert run(platform_where_am_i, "public") == "public"
    with pytest.raises(WrongTenant):
        run(platform_where_am_i, acme.schema_name)


def test_celerys_own_housekeeping_runs_in_public(db: None) -> None:
    assert run(current_app.tasks["celery.backend_cleanup"], "public") is None


@pytest.mark.committed
def test_enqueue_sends_the_schema_it_was_given_although_the_connection_moved_on(
    committing: None, messages: Callable[[], list[dict[str, Any]]]
) -> None:
    """`delay_on_commit` would send the schema in which the connection stands at commit."""
    with transaction.atomic(), schema_context("org_one"):
        enqueue("tests.where_am_i", schema="org_one", queue=QUEUE)
    assert [headers[tasks.SCHEMA_HEADER] for headers in messages()] == ["org_one"]


@pytest.mark.committed
def test_enqueue_sends_nothing_before_the_commit_and_nothing_after_a_rollback(
    committing: None, messages: Callable[[], list[dict[str, Any]]]
) -> None:
    with transaction.atomic():
        enqueue("tests.where_am_i", schema="org_one", queue=QUEUE)
        assert messages() == []
    assert len(messages()) == 1

    with transaction.atomic():
        enqueue("tests.where_am_i", schema="org_one", queue=QUEUE)
        transaction.set_rollback(True)
    assert messages() == []


@pytest.mark.committed
def test_enqueue_carries_the_request_and_the_first_request_of_the_chain(
    committing: None, messages: Callable[[], list[dict[str, Any]]]
) -> None:
    first = Context()
    with use_context(Context(correlation_id=first.request_id)) as context:
        enqueue("tests.where_am_i", schema="org_one", queue=QUEUE)
    [headers] = messages()
    assert headers[tasks.REQUEST_HEADER] == str(context.request_id)
    assert headers[tasks.CORRELATION_HEADER] == str(first.request_id)


@pytest.mark.committed
def test_enqueue_survives_a_broker_that_is_away_and_says_so(committing: None, monkeypatch: Any) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(tasks, "send", away)
    failures: list[str] = []
    with transaction.atomic():
        enqueue("tests.where_am_i", schema="org_one", queue=QUEUE, on_failure=lambda: failures.append("noted"))
    assert failures == ["noted"]


def test_results_are_rows_of_the_public_schema() -> None:
    """The worker's main process, which stands in public, writes the results of lost and revoked tasks."""
    assert "django_celery_results" in settings.SHARED_APPS
    assert "django_celery_results" not in settings.TENANT_APPS
    assert current_app.conf.result_backend == "django-db"


def test_workers_take_one_message_at_a_time_and_empty_the_urgent_queue_first() -> None:
    assert current_app.conf.worker_prefetch_multiplier == 1
    assert current_app.conf.task_acks_late is False
    assert current_app.conf.broker_transport_options["queue_order_strategy"] == "priority"


def test_sweeper_is_scheduled_and_expires_before_the_next_is_due() -> None:
    entry = current_app.conf.beat_schedule["sweep-jobs"]
    assert entry["task"] == jobs_sweep.name
    assert jobs_sweep.platform is True
    assert entry["options"]["expires"] == entry["schedule"] == settings.CELERY_BEAT_SCHEDULE["sweep-jobs"]["schedule"]
