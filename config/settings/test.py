"""The tests: real PostgreSQL and Valkey, cheap password hashes, a broker that is never eager."""

import os
import secrets
import tempfile
from pathlib import Path

os.environ.setdefault("STUDIO_PROCESS", "test")

from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
BASE_DOMAIN = "testserver"
PLATFORM_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STUDIO_TEST_RUN = secrets.token_hex(4)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
PROMETHEUS_DIR = Path(tempfile.gettempdir())
