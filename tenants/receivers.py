"""What this app does when schemas are migrated."""

from typing import Any

from django.apps import AppConfig
from django.db import connections

from audit.services.events import refusal_event, security_event
from config.kernel.context import Actor
from tenants.constants import SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT
from tenants.services.content_types import content_types_repeat


def number_content_types(sender: AppConfig, *, using: str, **_signal: Any) -> None:
    """Before Django numbers an organisation's content types, repeat those of the public schema: once per migration."""
    if sender.label != "tenants":
        return
    connection: Any = connections[using]
    content_types_repeat(connection.schema_name, using=using)


def record_sign_in(sender: Any, *, request: Any, user: Any, **_signal: Any) -> None:  # noqa: ARG001  (the signal names it)
    """Record a sign-in by a page: the admin's, or that of the browsable API."""
    security_event(action=SIGNED_IN, actor=Actor(user_id=user.pk, label=user.email), metadata={"by": "page"})


def record_sign_out(sender: Any, *, request: Any, user: Any, **_signal: Any) -> None:  # noqa: ARG001
    """Record a sign-out by a page; nobody signs out who was not signed in."""
    if user is not None:
        security_event(action=SIGNED_OUT, actor=Actor(user_id=user.pk, label=user.email), metadata={"by": "page"})


def record_failed_sign_in(sender: Any, *, credentials: dict[str, Any], **_signal: Any) -> None:  # noqa: ARG001
    """Record a sign-in by a page that was refused."""
    refusal_event(
        action=SIGN_IN_FAILED,
        outcome="failure",
        target_type="person",
        target_label=str(credentials.get("username") or credentials.get("email") or ""),
        metadata={"by": "page"},
    )
