"""Who acts, where, and within which request: carried by one context variable.

A middleware, a task or a command sets it once; logs, events, audit rows and tasks read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who asks: a person in an organisation, or the system itself.

    `user_id` is None for the system (jobs, sweepers, commands). `tenant_role` is "admin" or "member", or empty
    where no organisation is involved. `label` outlives the person in logs and audit rows.
    """

    user_id: UUID | None
    label: str = ""
    tenant_role: str = ""
    session_id: UUID | None = None

    @property
    def is_system(self) -> bool:
        """True for the product itself."""
        return self.user_id is None

    @property
    def is_tenant_admin(self) -> bool:
        """True for an admin of the organisation in which the request runs."""
        return self.tenant_role == "admin"


SYSTEM = Actor(user_id=None, label="system")


@dataclass(frozen=True, slots=True)
class Context:
    """What one unit of work knows of itself."""

    request_id: UUID = field(default_factory=uuid7)
    correlation_id: UUID | None = None
    actor: Actor | None = None
    schema: str | None = None
    tenant_id: UUID | None = None
    tenant_slug: str | None = None
    address: str | None = None
    job_id: UUID | None = None
    project_id: UUID | None = None

    @property
    def correlation(self) -> UUID:
        """The first request of the chain; this one where there was none before."""
        return self.correlation_id or self.request_id


_current: ContextVar[Context | None] = ContextVar("novellaforge_context", default=None)


def current_context() -> Context:
    """The present context; a fresh, empty one where nobody set any (a shell, a script)."""
    return _current.get() or Context()


def known_context() -> Context | None:
    """The present context, or None where nobody set any."""
    return _current.get()


def bind_context(**changes: Any) -> Context:
    """Replace fields of the present context for the rest of this unit of work, and return it."""
    context = replace(current_context(), **changes)
    _current.set(context)
    return context


@contextmanager
def use_context(context: Context) -> Iterator[Context]:
    """Work within `context`, and come back to the former one whatever happens."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
