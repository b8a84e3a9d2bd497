"""Who, from where and within which request: added to every entry of the model history from the present context.

The library's own middleware runs before the API knows the person, and its way of naming them later adds a signal
receiver for each request. This one receiver serves requests, jobs and commands alike.
"""

from ipaddress import ip_address
from typing import Any

from auditlog.models import LogEntry

from config.kernel.context import current_context


def _address(raw: str | None) -> str | None:
    """The caller's address when it is one; a forged or unknown one is left out."""
    try:
        return str(ip_address(raw)) if raw else None
    except ValueError:
        return None


def name_actor(sender: type[LogEntry], *, instance: LogEntry, **_signal: Any) -> None:  # noqa: ARG001  (the signal names it)
    """Fill actor, address, correlation id and the ids of request and job of a new entry."""
    if instance.pk is not None:
        return
    context = current_context()
    actor = context.actor
    if actor is not None:
        instance.actor_id = actor.user_id
        instance.actor_email = actor.label or None
    instance.cid = str(context.correlation)
    instance.remote_addr = _address(context.address)
    ids = {"request_id": context.request_id, "job_id": context.job_id}
    instance.additional_data = {name: str(value) for name, value in ids.items() if value is not None}
