"""Production: refuses to start with weak keys, DEBUG, wildcard hosts or the embedded servers."""

import sys

from config.settings import signing_keys
from config.settings.base import *  # noqa: F403
from config.settings.base import ENV
from config.settings.security import encrypted_only

SECRET_KEY_MIN_CHARACTERS = 50


def _refusals() -> list[str]:
    """Everything that this environment may not have in production, one sentence each."""
    found = []
    if len(ENV.SECRET_KEY) < SECRET_KEY_MIN_CHARACTERS or len(set(ENV.SECRET_KEY)) < 12:
        found.append(f"SECRET_KEY: expected {SECRET_KEY_MIN_CHARACTERS} or more random characters")
    if not ENV.JWT_PRIVATE_KEYS:
        found.append("JWT_PRIVATE_KEYS: expected a file of PEM private keys (RSA, 2048 bits or more)")
    else:
        found += signing_keys.complaints(ENV.JWT_PRIVATE_KEYS)
    if any("*" in host for host in ENV.ALLOWED_HOSTS):
        found.append("ALLOWED_HOSTS: expected hosts by name, found a wildcard")
    if ENV.BASE_DOMAIN in {"", "localhost"}:
        found.append("BASE_DOMAIN: expected the platform's public host, found localhost")
    if ENV.PUBLIC_SCHEME != "https":
        found.append("PUBLIC_SCHEME: expected https, found http")
    if plain := [origin for origin in ENV.CORS_ALLOWED_ORIGINS if not origin.startswith("https://")]:
        found.append(f"CORS_ALLOWED_ORIGINS: expected https origins, found {', '.join(plain)}")
    if not ENV.DATABASE_URL:
        found.append("DATABASE_URL and REDIS_URL: expected servers of your own; the embedded ones are for one machine")
    return found


if _lines := _refusals():
    sys.stderr.write("Production settings refuse to start:\n" + "".join(f"  {line}\n" for line in _lines))
    raise SystemExit(2)

DEBUG = False
globals().update(encrypted_only(ENV))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
