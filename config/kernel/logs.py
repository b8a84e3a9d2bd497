"""Logs: structlog over the standard library, every line with the ids of its request, job, project and tenant."""

import logging
from typing import Any

import orjson
import structlog

from config.kernel.context import current_context


def add_context(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the ids of the present context that are known."""
    context = current_context()
    for name, value in (
        ("request_id", context.request_id),
        ("tenant", context.tenant_slug),
        ("job_id", context.job_id),
        ("project_id", context.project_id),
        ("actor", context.actor.user_id if context.actor else None),
    ):
        if value is not None:
            event.setdefault(name, str(value))
    return event


def _dumps(event: Any, default: Any = None, **_options: Any) -> str:
    return orjson.dumps(event, default=default or str).decode()


def _processors() -> list[Any]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_context,
    ]


def formatter(style: str = "json") -> logging.Formatter:
    """The one formatter of every handler: `json` or `console`."""
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_dumps)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    )
    finish: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        finish.append(structlog.processors.format_exc_info)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_processors(), processors=[*finish, renderer]
    )


def configure() -> None:
    """Point structlog at the standard library's handlers; called once, when the apps are ready."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
