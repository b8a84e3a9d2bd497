"""Settings of the bare floor: no middleware, no authentication, JSON only."""

from config.env import environment
from config.settings.database import addresses, database

DATABASE = "floor"


def _database() -> dict[str, object]:
    """The studio's database settings, pool and all, on plain Django's engine and a database of its own."""
    env = environment()
    found = database(env, addresses(env).database_url)
    options = {**found["OPTIONS"], "application_name": "floor"}
    return {**found, "ENGINE": "django.db.backends.postgresql", "NAME": DATABASE, "OPTIONS": options}


SECRET_KEY = "the floor signs nothing"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": _database()}
INSTALLED_APPS = ["rest_framework", "benchmarks.floor"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.floor.urls"
USE_TZ = True
USE_I18N = False
APPEND_SLASH = False
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
