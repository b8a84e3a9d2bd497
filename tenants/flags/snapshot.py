"""All rules as this process knows them.

Evaluations read memory. When `FEATURE_FLAGS_CACHE_TTL` seconds are over, one of them asks Valkey for the version of the
rules; only another version, or none, has the table read again. A change writes a new version after its commit. Without
Valkey the table is read each time instead, and it is read every `FULL_READ_SECONDS` in any case, should a version have
got lost.
"""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError
from django_tenants.utils import schema_context
from prometheus_client import Counter

from tenants.flags.rules import FlagRules, Rule
from tenants.models.flag import FlagRule

log = structlog.get_logger("studio.flags")

VERSION_KEY = "flags:version"
FULL_READ_SECONDS = 60.0
# While one thread asks, the others go on with what is known; an older picture than that has to wait for the new one.
OVERLAP_SECONDS = 0.5
HUNDREDTHS = 100

refresh_failures = Counter("studio_flag_refresh_failures_total", "Times that the flags' table could not be read.")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rules by flag; times are of the monotonic clock, in seconds. `version` is None where Valkey named none."""

    rules: dict[str, FlagRules]
    version: str | None
    read_at: float
    fresh_until: float


_lock = Lock()
_present: Snapshot | None = None


def snapshot() -> Snapshot:
    """The rules, at most `FEATURE_FLAGS_CACHE_TTL` seconds and a moment old.

    Raises:
        DatabaseError: when the table can't be read and never was.
    """
    known, now = _present, time.monotonic()
    if known is not None and now < known.fresh_until:
        return known
    wait = known is None or now > known.fresh_until + OVERLAP_SECONDS
    if not _lock.acquire(blocking=wait):
        return known  # type: ignore[return-value]  # there is one, or it would wait
    try:
        return _refreshed()
    finally:
        _lock.release()


def forget() -> None:
    """Drop what this process knows, so that the next evaluation asks again."""
    global _present  # noqa: PLW0603  (one picture per process)
    _present = None


def announce() -> None:
    """Tell every process that the rules changed; called when the change is committed."""
    shared: Any = caches["global"]  # Django's own type keeps quiet about whether a value was stored
    if not shared.set(VERSION_KEY, uuid4().hex, timeout=None):
        log.warning("flags_version_lost", seen_within_s=FULL_READ_SECONDS)
    forget()


def _refreshed() -> Snapshot:
    """The picture that another thread just made, or a new one. Only under the lock."""
    global _present  # noqa: PLW0603
    known, now = _present, time.monotonic()
    if known is not None and now < known.fresh_until:
        return known
    fresh_until = now + settings.FEATURE_FLAGS_CACHE_TTL
    version: str | None = caches["global"].get(VERSION_KEY)
    if (
        known is not None
        and version is not None
        and version == known.version
        and now < known.read_at + FULL_READ_SECONDS
    ):
        _present = Snapshot(known.rules, version, known.read_at, fresh_until)
    else:
        _present = _read(known, version, now, fresh_until)
    return _present


def _read(known: Snapshot | None, version: str | None, now: float, fresh_until: float) -> Snapshot:
    """The table as it is now; when that fails, what was known before, until the next try.

    The version was asked for before the table, so that a change in between is seen the next time.
    """
    try:
        rules = _rules()
    except DatabaseError:
        if known is None:
            raise
        refresh_failures.inc()
        log.warning("flags_not_read", known_since_s=round(now - known.read_at), exc_info=True)
        return Snapshot(known.rules, None, known.read_at, fresh_until)
    if version is None:
        made = uuid4().hex
        version = made if caches["global"].add(VERSION_KEY, made, timeout=None) else None
    return Snapshot(rules, version, now, fresh_until)


def _rules() -> dict[str, FlagRules]:
    found: dict[str, FlagRules] = {}
    columns = ("name", "tenant__schema_name", "user_id", "percentage", "unit", "salt")
    with schema_context("public"):
        rows = list(FlagRule.objects.order_by().values_list(*columns))
    for name, schema, user_id, percentage, unit, salt in rows:
        rule, rules = Rule(int(percentage * HUNDREDTHS), unit, salt), found.setdefault(name, FlagRules())
        if user_id is not None:
            rules.people[user_id] = rule
        elif schema is not None:
            rules.organisations[schema] = rule
        else:
            rules.everybody = rule
    return found
