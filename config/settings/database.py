"""PostgreSQL and Valkey: the operator's own, or the embedded ones of the data directory."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from config.env import Environment
from config.studio.discovery import running_services

# Nothing listens there: commands that need no server (makemigrations, spectacular) still load their settings.
NOWHERE_DATABASE = "postgres://nobody:nothing@127.0.0.1:1/nowhere"
NOWHERE_REDIS = "redis://127.0.0.1:1"


@dataclass(frozen=True)
class Addresses:
    """Where the servers are; `found` is False when there are none yet. `web_port` is that of a running studio here."""

    database_url: str
    redis_url: str
    found: bool
    web_port: int | None = None


def addresses(env: Environment) -> Addresses:
    """The operator's servers, else the running embedded ones of the data directory, else nowhere."""
    if env.DATABASE_URL:
        return Addresses(env.DATABASE_URL, env.REDIS_URL, found=True)
    services = running_services(env.STUDIO_DATA_DIR)
    if services is None:
        return Addresses(NOWHERE_DATABASE, NOWHERE_REDIS, found=False)
    return Addresses(services.database_url, services.redis_url, found=True, web_port=services.web_port)


def database(env: Environment, url: str) -> dict[str, Any]:
    """Django's DATABASES entry. Only web processes pool; the others keep their one connection."""
    parts = urlsplit(url)
    options: dict[str, Any] = {"application_name": f"novellaforge-{os.environ.get('STUDIO_PROCESS', 'command')}"}
    web = os.environ.get("STUDIO_PROCESS") == "web"
    if web:
        options["pool"] = {
            "min_size": env.DATABASE_POOL_MIN,
            "max_size": env.DATABASE_POOL_MAX,
            "max_lifetime": env.DATABASE_POOL_MAX_LIFETIME_S,
            "timeout": 10,
        }
    return {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 0 if web else None,
        "CONN_HEALTH_CHECKS": not web,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": options,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


def redis_database(url: str, number: int) -> str:
    """`url` with the database number in its path; an explicit path stays."""
    parts = urlsplit(url)
    if parts.path.strip("/"):
        return url
    return urlunsplit(parts._replace(path=f"/{number}"))


def cache(url: str, *, key_function: str) -> dict[str, Any]:
    """One cache alias over django-redis: errors are ignored (a cache away is a miss) and time out at once."""
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "KEY_FUNCTION": key_function,
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            "IGNORE_EXCEPTIONS": True,
        },
    }
