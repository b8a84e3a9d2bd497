"""The operator's own PostgreSQL and Redis: asked once whether they answer, before anything is started."""

import socket
from urllib.parse import urlsplit

import psycopg

from config.env import Environment
from config.studio.errors import StudioRefused

CONNECT_TIMEOUT_SECONDS = 5
REDIS_DEFAULT_PORT = 6379


def check_own_servers(env: Environment) -> None:
    """Connect to both.

    Raises:
        StudioRefused: when one does not answer; the sentence names its host and never its password.
    """
    try:
        psycopg.connect(env.DATABASE_URL, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]  # address and cause; lines behind it only ask back
        raise StudioRefused(f"The PostgreSQL of DATABASE_URL does not let us in: {reason}") from error
    parts = urlsplit(env.REDIS_URL)
    if parts.scheme == "unix":
        return
    address = (parts.hostname or "localhost", parts.port or REDIS_DEFAULT_PORT)
    try:
        socket.create_connection(address, timeout=CONNECT_TIMEOUT_SECONDS).close()
    except OSError as error:
        raise StudioRefused(
            f"The Redis of REDIS_URL ({address[0]}, port {address[1]}) does not answer: {error.strerror or error}."
        ) from error
