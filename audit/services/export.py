"""The record as a file: CSV for a spreadsheet, JSON lines for a program."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from audit.models import SecurityEvent
from audit.selectors.events import events_in_order
from audit.services.events import security_event
from config.kernel.context import Actor

FORMATS = ("csv", "jsonl")
COLUMNS = (
    "sequence",
    "id",
    "occurred_at",
    "actor_id",
    "actor_label",
    "organisation_id",
    "organisation",
    "action",
    "outcome",
    "target_type",
    "target_id",
    "target_label",
    "request_id",
    "address",
    "metadata",
    "digest",
    "previous_hash",
    "hash",
)
# A spreadsheet takes a cell that begins so for a formula (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def events_export(*, actor: Actor, schema: str, format: str, filters: dict[str, Any]) -> Iterator[bytes]:  # noqa: A002
    """The matching events of `schema`, oldest first, as UTF-8 lines; `format` is one of `FORMATS`.

    The export is recorded before the first line is read. Lines are made as they are taken.
    """
    said = {name: str(value) for name, value in filters.items()}
    security_event(action="audit.exported", actor=actor, schema=schema, metadata={"format": format, "filters": said})
    rows = events_in_order(schema, filters)
    return _csv(rows) if format == "csv" else _jsonl(rows)


def _jsonl(rows: Iterator[SecurityEvent]) -> Iterator[bytes]:
    for row in rows:
        line = {name: _plain(getattr(row, name)) for name in COLUMNS}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _csv(rows: Iterator[SecurityEvent]) -> Iterator[bytes]:
    yield _line(COLUMNS)
    for row in rows:
        yield _line([_cell(getattr(row, name)) for name in COLUMNS])


def _line(cells: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


def _plain(value: Any) -> Any:
    """A value as JSON takes it."""
    if value is None or isinstance(value, int | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: Any) -> str:
    """A value as a cell that no spreadsheet runs."""
    plain = _plain(value)
    written = json.dumps(plain, ensure_ascii=False, sort_keys=True) if isinstance(plain, dict) else str(plain or "")
    return f"'{written}" if written.startswith(_FORMULA) else written
