"""Celery as the product uses it: one base task that refuses the wrong organisation, one way to start a task."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from celery import Celery, current_app, signals
from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError
from tenant_schemas_celery.task import TenantTask as _TenantTask
from uuid_utils.compat import uuid7

from config.kernel.context import SYSTEM, Context, current_context, use_context
from config.kernel.errors import AppError, NotFound, TenantSuspended
from config.kernel.schemas import present_schema

log = structlog.get_logger("studio.task")

PUBLIC = "public"
CELERYS_OWN = "celery."  # its housekeeping touches no table of ours
SCHEMA_HEADER = "_schema_name"
REQUEST_HEADER = "studio_request_id"
CORRELATION_HEADER = "studio_correlation_id"


class WrongTenant(AppError):
    """The task's header and its database connection name different organisations."""

    code, status = "wrong_tenant", 500
    default_message = _("The task's organisation and its connection differ.")


class TenantTask(_TenantTask):
    """A task that runs in the schema its header names, and nowhere else.

    tenant-schemas-celery falls back to the public schema when the tenant is missing; here that is an error.
    `platform = True` marks the few tasks that belong to the public schema, and run only there.
    """

    abstract = True
    platform = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check where we are, set the context, run."""
        headers = self.request.headers or {}
        asked = headers.get(SCHEMA_HEADER) or self.request.get(SCHEMA_HEADER)
        schema = present_schema()
        if not self.name.startswith(CELERYS_OWN):
            self._refuse_strangers(asked, schema)
        context = Context(
            request_id=_uuid(self.request.get(REQUEST_HEADER)) or uuid7(),
            correlation_id=_uuid(self.request.get(CORRELATION_HEADER)),
            actor=SYSTEM,
            schema=schema,
        )
        with use_context(context):
            return super().__call__(*args, **kwargs)

    def _refuse_strangers(self, asked: str | None, schema: str) -> None:
        """The header, the connection and the directory must agree.

        Raises:
            WrongTenant: no schema was named, or the connection stands in another one.
            NotFound: the organisation is gone.
            TenantSuspended: it is not served now.
        """
        if asked != schema or (schema == PUBLIC) != self.platform:
            raise WrongTenant(details={"expected": asked, "found": schema})
        if self.platform:
            return
        tenant = import_string(settings.TENANT_DIRECTORY)(schema)
        if tenant is None:
            raise NotFound(details={"schema": schema})
        if not tenant.is_active:
            raise TenantSuspended(details={"schema": schema})


@signals.task_postrun.connect
def _look_before_next_use(task: Any, **_signal: Any) -> None:
    """Let the next task begin by asking its connection whether it still works: the database may restart in between.

    Web requests do so by themselves; a worker would lose one message for each of its processes. A task that its caller
    runs in its own process leaves the caller's connection, and perhaps transaction, alone.
    """
    if not task.request.is_eager:
        close_old_connections()


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def send(task_name: str, *, schema: str, queue: str, args: tuple[Any, ...] = (), task_id: str | None = None) -> None:
    """Put one task into its queue now, for `schema`, with the request's ids.

    Raises:
        kombu.exceptions.OperationalError: when the broker can't be reached.
    """
    context = current_context()
    app: Celery = current_app._get_current_object()  # noqa: SLF001
    app.send_task(
        task_name,
        args=args,
        queue=queue,
        task_id=task_id or str(uuid7()),
        headers={
            SCHEMA_HEADER: schema,
            REQUEST_HEADER: str(context.request_id),
            CORRELATION_HEADER: str(context.correlation),
        },
    )


def enqueue(
    task_name: str,
    *,
    schema: str,
    queue: str,
    args: tuple[Any, ...] = (),
    task_id: str | None = None,
    on_failure: Callable[[], None] | None = None,
) -> None:
    """Start a task once the present transaction has committed; the only way to start one.

    The schema is explicit: at commit time the connection may stand elsewhere. A broker that is away is logged and
    not raised, since the work's row is already saved: `on_failure` notes it there, and a sweeper delivers it later.
    """

    def deliver() -> None:
        try:
            send(task_name, schema=schema, queue=queue, args=args, task_id=task_id)
        except (OperationalError, OSError) as error:
            log.warning("enqueue_failed", task=task_name, schema=schema, error=str(error))
            if on_failure is not None:
                on_failure()

    transaction.on_commit(deliver)
