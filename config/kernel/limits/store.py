"""The counters' server: a few kept connections, short timeouts, and a breaker so that nobody waits for a dead one."""

import time
from collections import deque
from functools import lru_cache
from threading import Lock
from typing import Any

import structlog
from django.conf import settings
from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from config.kernel.limits.script import GIVE_BACK, TAKE, digest_of

log = structlog.get_logger("studio.limits")

# After a failure nobody asks for so long; then one request tries, and the others go on without until it came back.
RETRY_SECONDS = 1.0
KEPT_CONNECTIONS = 256

_BODIES = {digest_of(script): script for script in (TAKE, GIVE_BACK)}
TAKE_DIGEST, GIVE_BACK_DIGEST = digest_of(TAKE), digest_of(GIVE_BACK)


class CountersAway(Exception):
    """Nothing can be counted right now. It is for the gate: no caller outside of this package meets it."""


class Breaker:
    """Closed while the server answers. Open: refuses at once; every `RETRY_SECONDS` one caller may try."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = False
        self._try_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last attempt failed."""
        return self._open

    def admit(self) -> None:
        """Let the caller ask the server.

        Raises:
            CountersAway: when it is too early to try again.
        """
        if not self._open:
            return
        with self._lock:
            now = time.monotonic()
            if self._open and now < self._try_at:
                raise CountersAway
            self._try_at = now + RETRY_SECONDS

    def failed(self, error: Exception) -> None:
        """The server did not answer."""
        with self._lock:
            first, self._open = not self._open, True
            self._try_at = time.monotonic() + RETRY_SECONDS
        if first:
            log.error("rate_limits_away", error=f"{type(error).__name__}: {error}")

    def answered(self) -> None:
        """The server answers."""
        if self._open:
            with self._lock:
                self._open = False
            log.info("rate_limits_back")


class CounterStore:
    """Runs the scripts on one server. Safe to share between threads; a connection serves one call at a time."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        """Connect on the first call. `timeout_seconds` is for connecting, and again for the answer."""
        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            protocol=2,
            retry=None,
            driver_info=None,
        )
        self._class, self._options = pool.connection_class, pool.connection_kwargs
        self._idle: deque[Any] = deque(maxlen=KEPT_CONNECTIONS)
        self.breaker = Breaker()

    def run(self, digest: bytes, keys: list[str], arguments: list[bytes]) -> bytes:
        """What the script answered.

        Raises:
            CountersAway: when the server does not answer in time, or refuses.
        """
        self.breaker.admit()
        tail = (str(len(keys)), *keys, *arguments)
        try:
            answer = self._asked(digest, tail)
        except (RedisError, OSError) as error:
            self.breaker.failed(error)
            raise CountersAway from error
        self.breaker.answered()
        return answer

    def ping(self) -> None:
        """Ask the server for a sign of life, whatever the breaker says; an answer closes it.

        Raises:
            CountersAway: when there is none.
        """
        connection = self._new()
        try:
            connection.send_command("PING")
            connection.read_response()
        except (RedisError, OSError) as error:
            self.breaker.failed(error)
            raise CountersAway(str(error)) from error
        finally:
            connection.disconnect()
        self.breaker.answered()

    def _asked(self, digest: bytes, tail: tuple[Any, ...]) -> bytes:
        """Ask on a kept connection; one that the server closed meanwhile is replaced by a new one, once."""
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._asked_on(self._new(), digest, tail)
        try:
            return self._asked_on(connection, digest, tail)
        except RedisTimeoutError:
            raise
        except (RedisConnectionError, OSError):
            self._drop_idle()
            return self._asked_on(self._new(), digest, tail)

    def _asked_on(self, connection: Any, digest: bytes, tail: tuple[Any, ...]) -> bytes:
        try:
            connection.send_command("EVALSHA", digest, *tail, check_health=False)
            try:
                answer = connection.read_response()
            except NoScriptError:  # a server that has just started does not know it
                connection.send_command("EVAL", _BODIES[digest], *tail, check_health=False)
                answer = connection.read_response()
        except ResponseError:
            self._idle.append(connection)
            raise
        except BaseException:
            connection.disconnect()
            raise
        self._idle.append(connection)
        return bytes(answer)

    def _new(self) -> Any:
        return self._class(**self._options)

    def _drop_idle(self) -> None:
        """Close every kept connection: when the server went, it went for all of them."""
        while True:
            try:
                self._idle.pop().disconnect()
            except IndexError:
                return


@lru_cache(maxsize=8)
def _store(url: str, timeout_seconds: float) -> CounterStore:
    return CounterStore(url, timeout_seconds=timeout_seconds)


def store() -> CounterStore:
    """The process's store for the present settings."""
    return _store(settings.RATE_LIMIT_REDIS_URL, settings.RATE_LIMIT_TIMEOUT_S)
