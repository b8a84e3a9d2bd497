"""Which organisations have active jobs: a set in Redis, so that the sweeper need not visit every schema.

It is a hint. What is missing from it is found by a slow scan of all schemas, what stands in it too long is dropped by
the sweeper. Redis away means no hint.
"""

import structlog
from django.conf import settings
from django.core.cache import caches
from django_redis import get_redis_connection
from redis.exceptions import RedisError

log = structlog.get_logger("studio.job")


def _members() -> str:
    key: str = caches["global"].make_key("jobs:active-schemas")
    return key


def _complete() -> str:
    key: str = caches["global"].make_key("jobs:active-schemas-complete")
    return key


def note_active(schema: str) -> None:
    """Remember that this organisation has an active job."""
    try:
        get_redis_connection("global").sadd(_members(), schema)
    except RedisError as error:
        log.warning("active_index_failed", schema=schema, error=str(error))


def take_active() -> list[str] | None:
    """The organisations noted; each has to be noted again by whoever finds active jobs there.

    None when the set can't be relied on: it was not rebuilt for `JOB_RESCAN_S` seconds, or Redis is away.
    """
    try:
        redis = get_redis_connection("global")
        if not redis.exists(_complete()):
            return None
        members = redis.smembers(_members())
        if members:
            redis.srem(_members(), *members)
        return sorted(member.decode() for member in members)
    except RedisError as error:
        log.warning("active_index_failed", error=str(error))
        return None


def mark_complete() -> None:
    """Say that every organisation was visited just now."""
    try:
        get_redis_connection("global").set(_complete(), 1, ex=settings.JOB_RESCAN_S)
    except RedisError as error:
        log.warning("active_index_failed", error=str(error))
