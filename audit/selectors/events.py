"""Reading the record of the schema at hand."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_tenants.utils import schema_context

from audit.models import SecurityEvent

PAGE_ROWS = 500
# The names of the API's filters; beside them `action`, which may end with a dot and then means all below it.
_COLUMNS = {
    "actor": "actor_id",
    "target": "target_id",
    "outcome": "outcome",
    "from": "occurred_at__gte",
    "to": "occurred_at__lt",
}


def events_matching(**filters: Any) -> QuerySet[SecurityEvent]:
    """The events that pass every filter: `actor`, `target` (ids), `action`, `outcome`, `from` and `to` (times).

    `action` may be a group, `session.`; `from` is included, `to` is not.
    """
    events = SecurityEvent.objects.all()
    action = filters.pop("action", "")
    if action:
        events = events.filter(action__startswith=action) if action.endswith(".") else events.filter(action=action)
    return events.filter(**{_COLUMNS[name]: value for name, value in filters.items() if value not in (None, "")})


def events_in_order(schema: str, filters: dict[str, Any]) -> Iterator[SecurityEvent]:
    """The matching events of `schema`, oldest first, read page by page: no transaction or cursor stays open between.

    Those that come while it runs are left out.
    """
    last: UUID | None = None
    with schema_context(schema):
        newest = events_matching(**filters).order_by("-id").values_list("id", flat=True).first()
    while newest is not None:
        with schema_context(schema):
            rows = events_matching(**filters).filter(id__lte=newest)
            page = list((rows.filter(id__gt=last) if last else rows).order_by("id")[:PAGE_ROWS])
        yield from page
        if len(page) < PAGE_ROWS:
            return
        last = page[-1].pk
