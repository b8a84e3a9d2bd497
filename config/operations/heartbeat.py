"""Signs of life of workers: each writes the moment for every queue it empties, every few seconds.

One sorted set in Redis holds them, so that asking is one command; asking the workers themselves takes a second.
"""

import time
from typing import Any

import structlog
from celery import bootsteps
from django.core.cache import caches
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from config.studio.programs import GENERATION_QUEUES

log = structlog.get_logger("studio.heartbeat")

QUEUES = (*GENERATION_QUEUES, "indexing", "maintenance")
INTERVAL_SECONDS = 5.0
SILENCE_MAX_SECONDS = 20.0
FORGOTTEN_AFTER_SECONDS = 3600.0


def _key() -> str:
    key: str = caches["global"].make_key("workers:heartbeats")
    return key


def beat(worker: str, queues: list[str]) -> None:
    """Note that `worker` lives and empties `queues`. Redis away is logged: the next beat tries again."""
    now = time.time()
    try:
        with get_redis_connection("global").pipeline() as pipe:
            pipe.zadd(_key(), {f"{queue} {worker}": now for queue in queues})
            pipe.zremrangebyscore(_key(), "-inf", now - FORGOTTEN_AFTER_SECONDS)
            pipe.execute()
    except RedisError as error:
        log.warning("heartbeat_failed", worker=worker, error=str(error))


def stop_beating(worker: str, queues: list[str]) -> None:
    """Take the signs of life back: the worker stops on purpose."""
    try:
        get_redis_connection("global").zrem(_key(), *(f"{queue} {worker}" for queue in queues))
    except RedisError as error:
        log.warning("heartbeat_failed", worker=worker, error=str(error))


def seconds_since_beats() -> dict[str, dict[str, float]]:
    """By queue: each worker that was heard of lately, and the seconds since.

    Raises:
        redis.exceptions.RedisError: when Redis is away.
    """
    now = time.time()
    found: dict[str, dict[str, float]] = {queue: {} for queue in QUEUES}
    for member, moment in get_redis_connection("global").zrange(_key(), 0, -1, withscores=True):
        queue, _space, worker = member.decode().partition(" ")
        found.setdefault(queue, {})[worker] = round(now - moment, 1)
    return found


class HeartbeatStep(bootsteps.StartStopStep):
    """Beats from the worker's own timer: it falls silent when the main process hangs, not only when it dies."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **options: Any) -> None:
        """Begin without a timer."""
        super().__init__(worker, **options)
        self.entry: Any = None

    def start(self, worker: Any) -> None:
        """Beat now, and every few seconds."""
        names = [worker.hostname, sorted(worker.app.amqp.queues.consume_from)]
        beat(*names)
        self.entry = worker.timer.call_repeatedly(INTERVAL_SECONDS, beat, names)

    def stop(self, worker: Any) -> None:
        """Fall silent at once."""
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None
        stop_beating(worker.hostname, sorted(worker.app.amqp.queues.consume_from))
