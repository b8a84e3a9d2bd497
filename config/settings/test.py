"""The tests: real PostgreSQL and Valkey, cheap password hashes, a broker that is never eager.

Each xdist worker has a Valkey database of its own (from 2 on; Valkey has 16), each run a prefix for its queues, so that
nothing that an earlier run left behind is ever delivered. Processes that a test starts inherit both by the environment.
"""

import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

os.environ.setdefault("STUDIO_PROCESS", "test")

from config.settings import database
from config.settings.base import *  # noqa: F403
from config.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS, REDIS_URL  # type: ignore[attr-defined]

STUDIO_TEST_RUN = os.environ.setdefault("TEST_RUN_TOKEN", secrets.token_hex(4))
FIRST_VALKEY_DATABASE = 2
MOST_WORKERS = 14
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = urlunsplit(urlsplit(REDIS_URL)._replace(path=f"/{FIRST_VALKEY_DATABASE + _worker % MOST_WORKERS}"))

BASE_DOMAIN = "testserver"
PLATFORM_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
PROMETHEUS_DIR = Path(tempfile.gettempdir())
CACHES = {
    "default": database.cache(REDIS_URL, key_function="config.kernel.cache.tenant_key"),
    "global": database.cache(REDIS_URL, key_function="config.kernel.cache.global_key"),
}
for _cache in CACHES.values():
    _cache["KEY_PREFIX"] = STUDIO_TEST_RUN
# Tests share one address: whoever tests limits takes the table (the fixture `limits`).
RATE_LIMIT_POLICIES = ()
RATE_LIMIT_REDIS_URL = REDIS_URL
RATE_LIMIT_KEY_PREFIX = f"{STUDIO_TEST_RUN}:"
RATE_LIMIT_TIMEOUT_S = 2.0  # a machine that tests is busy
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": f"{STUDIO_TEST_RUN}:"}
