"""Since when jobs wait, over all organisations: a sorted set in Redis, so that health need not visit any schema.

Like the other indexes it is a hint. An entry whose job was taken while Redis was away is dropped by age.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.core.cache import caches
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from tenants.selectors import directory

log = structlog.get_logger("studio.job")

FORGOTTEN_AFTER = timedelta(days=2)
LOOKED_AT = 50


def _key() -> str:
    key: str = caches["global"].make_key("jobs:waiting")
    return key


def note_waiting(schema: str, job_id: UUID) -> None:
    """Remember that this job waits from now on; one that waits already keeps its place."""
    now = timezone.now()
    try:
        with get_redis_connection("global").pipeline() as pipe:
            pipe.zadd(_key(), {f"{schema} {job_id}": now.timestamp()}, nx=True)
            pipe.zremrangebyscore(_key(), "-inf", (now - FORGOTTEN_AFTER).timestamp())
            pipe.execute()
    except RedisError as error:
        log.warning("waiting_index_failed", job_id=str(job_id), error=str(error))


def note_taken(schema: str, job_id: UUID) -> None:
    """Remember that this job waits no longer: a worker took it, or it was cancelled."""
    try:
        get_redis_connection("global").zrem(_key(), f"{schema} {job_id}")
    except RedisError as error:
        log.warning("waiting_index_failed", job_id=str(job_id), error=str(error))


def oldest_queued() -> datetime | None:
    """Since when the oldest waiting job waits; None when none does.

    A job of an organisation that is not served waits for its organisation, not for a worker: it is taken out, and
    noted again when it is delivered again.

    Raises:
        redis.exceptions.RedisError: when Redis is away.
    """
    redis = get_redis_connection("global")
    for member, moment in redis.zrange(_key(), 0, LOOKED_AT - 1, withscores=True):
        tenant = directory.tenant_by_schema(member.decode().partition(" ")[0])
        if tenant is not None and tenant.is_active:
            return datetime.fromtimestamp(moment, tz=UTC)
        redis.zrem(_key(), member)
    return None
