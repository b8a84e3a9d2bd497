"""Who, from where and within which request: added to every entry of the model history from the present context.

The library's own middleware runs before the API knows the person, and its way of naming them later adds a signal
receiver for each request. This one receiver serves requests, jobs and commands alike.
"""

from ipaddress import ip_address
from threading import Lock
from typing import Any

from auditlog.models import LogEntry
from cachetools import LRUCache, cached
from django.contrib.contenttypes.models import ContentType

from audit.services.events import refusal_event
from config.kernel.context import current_context
from config.kernel.errors import AppError, FeatureDisabled, PermissionDenied, TenantMismatch
from config.kernel.schemas import present_schema


def _address(raw: str | None) -> str | None:
    """The caller's address when it is one; a forged or unknown one is left out."""
    try:
        return str(ip_address(raw)) if raw else None
    except ValueError:
        return None


def _schema_and_model(app_label: str, model: str) -> tuple[str, str, str]:
    return present_schema(), app_label, model


@cached(LRUCache(4096), key=_schema_and_model, lock=Lock())
def _content_type_id(app_label: str, model: str) -> int:
    """The content type's id in the schema at hand.

    Django's own cache knows no schemas: another thread may have filled it from an organisation with other ids.
    """
    return ContentType.objects.values_list("id", flat=True).get(app_label=app_label, model=model)


def record_refusal(sender: Any, *, error: AppError, method: str, path: str, **_signal: Any) -> None:  # noqa: ARG001
    """Record that somebody tried what they may not do, or came with credentials of another organisation.

    A refusal of nobody (no person, no credentials) is not recorded: anybody could fill the record with it, and the
    health pages have to refuse strangers while the database is away.
    """
    forbidden = isinstance(error, PermissionDenied) and not isinstance(error, FeatureDisabled)
    if isinstance(error, TenantMismatch) or (forbidden and current_context().actor is not None):
        refusal_event(
            action="access.denied",
            target_type="address",
            target_label=f"{method} {path}",
            metadata={"code": error.code},
        )


def name_actor(sender: type[LogEntry], *, instance: LogEntry, **_signal: Any) -> None:  # noqa: ARG001  (the signal names it)
    """Fill actor, address, correlation id, the ids of request and job, and the content type of a new entry."""
    if instance.pk is not None:
        return
    named = instance.content_type
    instance.content_type_id = _content_type_id(named.app_label, named.model)
    context = current_context()
    actor = context.actor
    if actor is not None:
        instance.actor_id = actor.user_id
        instance.actor_email = actor.label or None
    instance.cid = str(context.correlation)
    instance.remote_addr = _address(context.address)
    ids = {"request_id": context.request_id, "job_id": context.job_id}
    instance.additional_data = {name: str(value) for name, value in ids.items() if value is not None}
