"""What the studio stands on, each part looked at by a small function that returns figures or raises."""

import shutil
from typing import Any

import psutil
import psycopg
import redis
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_redis import get_redis_connection

from config.kernel.limits.policies import Mode
from config.kernel.limits.store import CountersAway, store
from config.operations.heartbeat import QUEUES, SILENCE_MAX_SECONDS, seconds_since_beats
from generation.jobs.waiting import oldest_queued

PROBE_SECONDS = 2.0
MEGABYTE = 1024 * 1024


class PartFailed(Exception):
    """A part answers, and what it says is not good. `figures` are shown beside the reason."""

    def __init__(self, reason: str, **figures: Any) -> None:
        """Keep the reason and the figures."""
        super().__init__(reason)
        self.figures = figures


def database() -> dict[str, Any]:
    """PostgreSQL answers on a connection of its own: an exhausted pool is another trouble."""
    parameters = dict(connection.get_connection_params(), connect_timeout=int(PROBE_SECONDS), autocommit=True)
    with psycopg.connect(**parameters) as own:
        own.execute("SELECT 1")
        version = own.info.server_version
    return {"version": f"{version // 10000}.{version % 10000}"}


def cache() -> dict[str, Any]:
    """The cache answers."""
    get_redis_connection("global").ping()
    return {}


def broker() -> dict[str, Any]:
    """The broker answers; `waiting` counts the messages of each queue."""
    prefix = current_app.conf.broker_transport_options.get("global_keyprefix", "")
    with redis.Redis.from_url(
        current_app.conf.broker_url, socket_timeout=PROBE_SECONDS, socket_connect_timeout=PROBE_SECONDS
    ) as client:
        return {"waiting": {queue: client.llen(prefix + queue) for queue in QUEUES}}


def limits() -> dict[str, Any]:
    """Requests can be counted against their limits. `refusing` lists what is refused while they can't.

    Raises:
        PartFailed: when they can't.
    """
    policies = [policy for policy in settings.RATE_LIMIT_POLICIES if policy.mode == Mode.ENFORCE]
    if not policies:
        return {"backend": "off"}
    closed = sorted({group for policy in policies if policy.fail_closed for group in policy.groups})
    try:
        store().ping()
    except CountersAway as error:
        raise PartFailed("requests can't be counted", refusing=closed) from error
    return {"backend": "redis"}


def workers() -> dict[str, Any]:
    """Every queue has a worker that gave a sign of life lately.

    Raises:
        PartFailed: naming the queues without one.
    """
    beats = seconds_since_beats()
    alive = {queue: sum(age <= SILENCE_MAX_SECONDS for age in found.values()) for queue, found in beats.items()}
    idle = sorted(queue for queue in QUEUES if not alive[queue])
    if idle:
        raise PartFailed(f"no worker empties {', '.join(idle)}", queues=alive)
    return {"queues": alive}


def queue() -> dict[str, Any]:
    """The oldest waiting job of all organisations waits no longer than `HEALTH_QUEUE_WAIT_MAX_S`.

    Raises:
        PartFailed: when it does.
    """
    oldest = oldest_queued()
    waiting_seconds = round((timezone.now() - oldest).total_seconds(), 1) if oldest else 0.0
    if waiting_seconds > settings.HEALTH_QUEUE_WAIT_MAX_S:
        raise PartFailed("a job waits too long", oldest_seconds=waiting_seconds)
    return {"oldest_seconds": waiting_seconds}


def disk() -> dict[str, Any]:
    """The data directory's file system has `HEALTH_DISK_FREE_MIN_MB` left.

    Raises:
        PartFailed: when it has less.
    """
    free_mb = shutil.disk_usage(settings.STUDIO_DATA_DIR).free // MEGABYTE
    if free_mb < settings.HEALTH_DISK_FREE_MIN_MB:
        raise PartFailed("little space is left", free_mb=free_mb)
    return {"free_mb": free_mb}


def memory() -> dict[str, Any]:
    """The machine has `HEALTH_MEMORY_FREE_MIN_MB` available.

    Raises:
        PartFailed: when it has less.
    """
    free_mb = psutil.virtual_memory().available // MEGABYTE
    if free_mb < settings.HEALTH_MEMORY_FREE_MIN_MB:
        raise PartFailed("little memory is left", free_mb=free_mb)
    return {"free_mb": free_mb}


PROBES = {
    "database": database,
    "cache": cache,
    "broker": broker,
    "limits": limits,
    "workers": workers,
    "queue": queue,
    "disk": disk,
    "memory": memory,
}

__all__ = ["PROBES", "PROBE_SECONDS", "PartFailed"]
